/**
 * Tracing as the rooms see it. Where it is off, `undefined` stands in its place, and nothing of OpenTelemetry is loaded:
 * only open-telemetry.ts and what it names import it, and only `openTracing` loads that.
 *
 * A span joins many: a write carries the events of several requests, a batch those of several jobs. Who waits for such a
 * span is kept with `keep` and named as its cause: the span is the child of the first cause and linked with the others.
 */
import type { Telemetry } from 'bullmq';

/** Every attribute that leaves this process. Closed sets, counts and names of ours: no id of a person, order or event. */
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
  /** Of a closed set: it is what traces are grouped by. */
  readonly name: string;
  readonly kind: 'producer' | 'client' | 'internal';
  readonly attributes?: Attributes;
  /** What was kept and led to this span. Absent: the span is a child of the one that is active. */
  readonly causes?: () => Iterable<object>;
}

export interface OpenSpan {
  set(attributes: Attributes): void;
  /** Marks the span as failed; `type` is a code, never a message. */
  fail(type: string): void;
  /** The span's W3C context, as BullMQ keeps it in a job's options (`telemetry.metadata`). */
  readonly metadata: string;
}

/** The span of one HTTP request. */
export interface RequestSpan {
  /** Runs what follows as part of the span. */
  run(work: () => void): void;
  end(status: number): void;
}

export interface Tracing {
  /** BullMQ's own hook: a span around each run of a job, as a child of what its options name. */
  readonly bullmq: Telemetry;
  /** @param traceparent the caller's header, if it sent one */
  startRequest(route: string, startedAtMs: number, traceparent: string | undefined): RequestSpan;
  /** Remembers the active span for these, as a cause of what will be done with them. */
  keep(things: Iterable<object>): void;
  trace<T>(shape: SpanShape, work: (span: OpenSpan) => Promise<T>): Promise<T>;
  /** Hands over what was recorded, within a few seconds; never rejects. */
  stop(): Promise<void>;
}

/** Runs the work within a span; where tracing is off, it just runs. */
export function traced<T>(
  tracing: Tracing | undefined,
  shape: SpanShape,
  work: (span?: OpenSpan) => Promise<T>,
): Promise<T> {
  return tracing ? tracing.trace(shape, work) : work();
}
