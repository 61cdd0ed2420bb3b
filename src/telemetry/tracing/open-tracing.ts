/** Opens tracing where the environment asks for it; else loads nothing of it. */
import type { Environment } from '../../settings/config.js';
import type { Logger } from '../log.js';
import type { Tracing } from './tracing.js';
import { isTracingOn } from './tracing-settings.js';

/** @throws SettingsError where a variable asks for what there is not here */
export async function openTracing(
  environment: Environment,
  serviceName: string,
  log: Logger,
): Promise<Tracing | undefined> {
  if (!isTracingOn(environment)) return undefined;
  const { OpenTelemetryTracing } = await import('./open-telemetry.js');
  return new OpenTelemetryTracing(serviceName, log);
}
