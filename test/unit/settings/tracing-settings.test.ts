import { describe, expect, it } from 'vitest';
import { SettingsError } from '../../../src/settings/config.js';
import { isTracingOn } from '../../../src/settings/tracing-settings.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' };

describe('turning tracing on', () => {
  it.each([
    [{}, false],
    [{ OTEL_SERVICE_NAME: 'shop', OTEL_TRACES_SAMPLER: 'always_on' }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
    [ENDPOINT, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector.example/v1/traces' }, true],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'false' }, true],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'True' }, false],
    [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }, false],
    [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, true],
    // What is off has no faults.
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, false],
  ])('%j: %s', (environment, isOn) => {
    expect(isTracingOn(environment)).toBe(isOn);
  });

  it.each([
    ['OTEL_TRACES_EXPORTER', { OTEL_TRACES_EXPORTER: 'console' }],
    ['OTEL_TRACES_EXPORTER', { OTEL_TRACES_EXPORTER: 'otlp, zipkin' }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'nowhere' }],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' }],
  ])('%s is at fault in %j', (name, environment) => {
    expect(() => isTracingOn(environment)).toThrow(SettingsError);
    expect(() => isTracingOn(environment)).toThrow(new RegExp(`- ${name}: must be`));
  });
});
