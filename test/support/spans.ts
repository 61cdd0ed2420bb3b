/** Tracing that stores its spans, in place of OpenTelemetry. */
import type { OpenSpan, SpanShape, Tracing } from '../../src/telemetry/tracing/tracing.js';

interface KeptSpan extends Omit<SpanShape, 'causes'> {
  readonly causes: readonly object[];
  readonly set: Record<string, unknown>;
  readonly failed: string[];
}

export class KeptSpans implements Pick<Tracing, 'trace'> {
  readonly spans: KeptSpan[] = [];

  async trace<T>({ causes, ...shape }: SpanShape, work: (span: OpenSpan) => Promise<T>): Promise<T> {
    const kept: KeptSpan = { ...shape, causes: [...(causes?.() ?? [])], set: {}, failed: [] };
    this.spans.push(kept);
    return work({
      set: (attributes) => Object.assign(kept.set, attributes),
      fail: (type) => kept.failed.push(type),
      metadata: '',
    });
  }

  get tracing(): Tracing {
    const unused = () => {
      throw new Error('nothing here asks for it');
    };
    return {
      trace: (shape, work) => this.trace(shape, work),
      keep: () => undefined,
      stop: () => Promise.resolve(),
      startRequest: unused,
      get bullmq() {
        return unused();
      },
    };
  }
}
