/**
 * The interface of tracing for all rooms. If tracing is off, it is `undefined`, and OpenTelemetry is not loaded: only
 * open-telemetry.ts and its own imports use it, and only `openTracing` loads that file.
 *
 * A span has several causes: a write carries the events of several requests, a batch those of several jobs. Callers
 * that wait for such a span are registered with `keep` and named as its causes. The span is the child of the first and
 * linked to the others.
 */
import type { Telemetry } from 'bullmq';

/**
 * Every attribute that leaves this process. Closed sets, counts and our own names: no id of a person, order or event.
 */
export const ATTRIBUTE_NAMES = [
  'bullmq.queue.name',
  'bullmq.queue.operation',
  'capi.account',
  'capi.batch.closed_by',
  'capi.batch.id',
  'capi.events',
  'error.type',
  'http.request.method',
  'http.response.status_code',
  'http.route',
] as const;
type Attributes = Readonly<Partial<Record<(typeof ATTRIBUTE_NAMES)[number], string | number>>>;

export interface SpanShape {
  /** From a closed set, as traces are grouped by it. */
  readonly name: string;
  readonly kind: 'producer' | 'client' | 'internal';
  readonly attributes?: Attributes;
  /** What was kept and led to this span. If absent, the span is a child of the active one. */
  readonly causes?: () => Iterable<object>;
}

export interface OpenSpan {
  set(attributes: Attributes): void;
  /** Marks the span as failed. `type` is a code, never a message. */
  fail(type: string): void;
  /** The span's W3C context, as BullMQ keeps it in a job's options (`telemetry.metadata`). */
  readonly metadata: string;
}

/** The span of one HTTP request. */
export interface RequestSpan {
  /** Runs the work as part of the span. */
  run(work: () => void): void;
  end(status: number): void;
}

export interface Tracing {
  /** BullMQ's own hook: a span around each run of a job, as a child of the context in its options. */
  readonly bullmq: Telemetry;
  /** @param traceparent the caller's header, if it sent one */
  startRequest(route: string, startedAtMs: number, traceparent: string | undefined): RequestSpan;
  /** Remembers the active span for these, as a cause of later work on them. */
  keep(things: Iterable<object>): void;
  trace<T>(shape: SpanShape, work: (span: OpenSpan) => Promise<T>): Promise<T>;
  /** Exports the recorded spans within a few seconds. Never rejects. */
  stop(): Promise<void>;
}

/** Runs the work within a span. If tracing is off, it only runs the work. */
export function traced<T>(
  tracing: Tracing | undefined,
  shape: SpanShape,
  work: (span?: OpenSpan) => Promise<T>,
): Promise<T> {
  return tracing ? tracing.trace(shape, work) : work();
}
