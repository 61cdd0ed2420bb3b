/** Opens tracing if the environment asks for it. Otherwise loads nothing of it. */
import type { Environment } from '../settings/config.js';
import { isTracingOn } from '../settings/tracing-settings.js';
import type { Logger } from '../telemetry/log.js';
import type { Tracing } from '../telemetry/tracing/tracing.js';

/** @throws SettingsError if a variable asks for something unsupported */
export async function openTracing(
  environment: Environment,
  serviceName: string,
  log: Logger,
): Promise<Tracing | undefined> {
  if (!isTracingOn(environment)) return undefined;
  const { OpenTelemetryTracing } = await import('../telemetry/tracing/open-telemetry.js');
  return new OpenTelemetryTracing(serviceName, log);
}
