/** Opens tracing where the environment asks for it; else loads nothing of it. */
import type { Environment } from '../settings/config.js';
import { isTracingOn } from '../settings/tracing-settings.js';
import type { Logger } from '../telemetry/log.js';
import type { Tracing } from '../telemetry/tracing/tracing.js';

/** @throws SettingsError where a variable asks for what there is not here */
export async function openTracing(
  environment: Environment,
  serviceName: string,
  log: Logger,
): Promise<Tracing | undefined> {
  if (!isTracingOn(environment)) return undefined;
  const { OpenTelemetryTracing } = await import('../telemetry/tracing/open-telemetry.js');
  return new OpenTelemetryTracing(serviceName, log);
}
