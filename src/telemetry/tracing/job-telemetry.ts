/**
 * BullMQ's telemetry hook: bullmq-otel, limited to the runs of jobs.
 *
 * BullMQ also opens a span for each look at an idle queue, each renewal of locks and each move of a job: an idle worker
 * would fill a collector. A job's context is written by whoever added the job. If it is not JSON, the job must still
 * run.
 */
import { type Context, context, trace } from '@opentelemetry/api';
import type { ContextManager, Span, SpanOptions, Telemetry, Tracer } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import { readTraceparent, writeTraceparent } from './traceparent.js';

/** BullMQ's word for running a job. Its spans are named by it and the queue. */
const RUNS = 'process ';

const NO_SPAN: Span<Context> = {
  setSpanOnContext: (active) => active,
  setAttribute: () => undefined,
  setAttributes: () => undefined,
  addEvent: () => undefined,
  recordException: () => undefined,
  end: () => undefined,
};

export class JobTelemetry implements Telemetry<Context> {
  readonly tracer: Tracer<Context>;
  readonly contextManager: ContextManager<Context> = {
    with: (place, work) => context.with(place, work),
    active: () => context.active(),
    getMetadata: (place) => metadataOf(place),
    fromMetadata: (active, metadata) => withMetadata(active, metadata),
  };

  constructor(version: string) {
    const { tracer } = new BullMQOtel({ tracerName: 'bullmq', version });
    this.tracer = {
      startSpan: (name: string, options?: SpanOptions, parent?: Context) =>
        name.startsWith(RUNS) ? tracer.startSpan(name, options, parent) : NO_SPAN,
    };
  }
}

/** The W3C context as text for a job's options. */
export function metadataOf(place: Context): string {
  const found = trace.getSpanContext(place);
  return JSON.stringify(found ? { traceparent: writeTraceparent(found) } : {});
}

function withMetadata(active: Context, metadata: string): Context {
  const found = readTraceparent(traceparentIn(metadata));
  return found ? trace.setSpanContext(active, found) : active;
}

function traceparentIn(metadata: string): unknown {
  try {
    const parsed: unknown = JSON.parse(metadata);
    return typeof parsed === 'object' && parsed !== null && 'traceparent' in parsed ? parsed.traceparent : undefined;
  } catch {
    // The text is not ours: the run starts a new trace.
    return undefined;
  }
}
