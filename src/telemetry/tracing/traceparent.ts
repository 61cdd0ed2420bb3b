/**
 * The W3C header `traceparent`, and nothing beside it: the only thing of a caller's context that we take, keep in Redis
 * and pass on. `tracestate` and `baggage` may hold what somebody wrote into them, a person's address as well.
 */
import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';

// https://www.w3.org/TR/trace-context/#traceparent-header: a later version may append fields, which are left alone.
const FORM = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** @returns undefined for whatever is no valid traceparent */
export function readTraceparent(text: unknown): SpanContext | undefined {
  if (typeof text !== 'string') return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = FORM.exec(text) ?? [];
  if (version === undefined || (version === '00' && more !== undefined)) return undefined;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const found: SpanContext = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(found) ? found : undefined;
}

export function writeTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`;
}
