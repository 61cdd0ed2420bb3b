/**
 * Whether to trace, by the standard variables of OpenTelemetry. Off unless one of them asks for it.
 *
 * Further variables (sampler, headers, timeouts, resource) are read by OpenTelemetry's own code from the same
 * environment. docs/tracing.md lists them.
 */
import { type Environment, SettingsError } from './config.js';

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
// The collector's port for OTLP over HTTP accepts both forms. We send JSON. gRPC is another port and protocol.
const PROTOCOLS = ['http/json', 'http/protobuf'];

/** @throws SettingsError if a variable asks for something unsupported */
export function isTracingOn(environment: Environment): boolean {
  const valueOf = (name: string) => environment[name]?.trim() ?? '';
  if (valueOf('OTEL_SDK_DISABLED').toLowerCase() === 'true') return false;
  const exporters = valueOf('OTEL_TRACES_EXPORTER')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (exporters.includes('none')) return false;
  const isAsked = exporters.length > 0 || ENDPOINTS.some((name) => valueOf(name) !== '');
  if (!isAsked) return false;
  const faults: string[] = [];
  if (exporters.some((entry) => entry !== 'otlp')) faults.push('OTEL_TRACES_EXPORTER: must be otlp or none');
  for (const name of ENDPOINTS) {
    const url = valueOf(name);
    if (url !== '' && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) {
      faults.push(`${name}: must be a URL that begins with http:// or https://`);
    }
  }
  for (const name of ['OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL']) {
    const protocol = valueOf(name);
    if (protocol !== '' && !PROTOCOLS.includes(protocol)) faults.push(`${name}: must be ${PROTOCOLS.join(' or ')}`);
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return true;
}
