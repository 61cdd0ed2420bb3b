/**
 * The last filter before spans leave the process: only attributes on the allow-list pass.
 *
 * BullMQ writes job ids, results and error messages into its spans, and its next release may write more. Everything
 * else is dropped here, whoever wrote it. Logs once that the collector is down, and once that it is back.
 */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Logger } from '../log.js';
import { ATTRIBUTE_NAMES } from './tracing.js';

type Answer = Parameters<SpanExporter['export']>[1];

export class NarrowExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #log: Logger;
  #isAway = false;

  constructor(exporter: SpanExporter, log: Logger) {
    this.#exporter = exporter;
    this.#log = log;
  }

  export(spans: ReadableSpan[], answer: Answer): void {
    this.#exporter.export(spans.map(narrow), (result) => {
      const isAway = result.error !== undefined;
      if (isAway && !this.#isAway) this.#log.warn('tracing.away', { err: result.error });
      if (!isAway && this.#isAway) this.#log.info('tracing.back');
      this.#isAway = isAway;
      answer(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }
}

/** The span with its allowed attributes. All other properties are read from the original. */
function narrow(span: ReadableSpan): ReadableSpan {
  const attributes: Record<string, unknown> = {};
  for (const name of ATTRIBUTE_NAMES) {
    if (span.attributes[name] !== undefined) attributes[name] = span.attributes[name];
  }
  const links = span.links.map(({ context }) => ({ context }));
  return Object.create(span, {
    attributes: { value: attributes },
    events: { value: [] },
    links: { value: links },
    status: { value: { code: span.status.code } },
  });
}
