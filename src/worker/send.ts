/**
 * Sends one request: the body, the token, the meaning of the answer.
 *
 * This is the only place that writes the log line of a request (one wide line) and the metrics of requests.
 */
import type { Verdict } from '../amazon/answer.js';
import type { ConversionsClient, SendResult } from '../amazon/client.js';
import { verdictOf } from '../amazon/verdict-of.js';
import type { Logger } from '../telemetry/log.js';
import { statusLabel } from '../telemetry/metric-labels.js';
import type { Metrics } from '../telemetry/metrics.js';
import { type Tracing, traced } from '../telemetry/tracing/tracing.js';
import type { BatchEvent } from './batcher.js';
import { requestBody } from './request-body.js';

/** How the log names a request. */
export interface BatchName {
  readonly batchId: string;
  readonly closedBy: string;
}

export interface SenderOptions {
  readonly account: string;
  readonly client: ConversionsClient;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly tracing?: Tracing | undefined;
}

export class Sender {
  readonly #options: SenderOptions;
  readonly #labels: { readonly account: string };

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#labels = { account: options.account };
  }

  /** Sends one request. The same events give the same bytes. */
  async send(events: readonly BatchEvent[], token: string, { batchId, closedBy }: BatchName): Promise<Verdict> {
    const { account, client, metrics, log } = this.#options;
    const body = requestBody(events, client.wire);
    const count = events.length;
    metrics.requestsInFlight.inc(this.#labels);
    const startedAt = performance.now();
    const result = await this.#traced(count, () => client.send(body, token));
    const ms = performance.now() - startedAt;
    metrics.requestsInFlight.dec(this.#labels);
    metrics.requestDuration.observe(this.#labels, ms / 1000);
    const status = result.kind === 'answer' ? result.answer.status : result.reason;
    metrics.requests.inc({ ...this.#labels, status: statusLabel(status) });
    const verdict = verdictOf(result, client.wire, count, Date.now());
    if (verdict.kind === 'unavailable' && verdict.reason === 'unknown_answer') metrics.unknownAnswers.inc(this.#labels);
    log.info('batch.attempted', {
      account,
      batchId,
      events: count,
      bytes: body.length,
      closedBy,
      status,
      ms: Math.round(ms),
      outcomes: countOutcomes(verdict, count),
      ...(result.kind === 'answer' && result.answer.requestId !== undefined && { requestId: result.answer.requestId }),
      ...(result.kind === 'failure' && { code: result.code }),
    });
    return verdict;
  }

  #traced(events: number, send: () => Promise<SendResult>): Promise<SendResult> {
    const { account, client, tracing } = this.#options;
    const attributes = { 'http.request.method': 'POST', 'capi.account': account, 'capi.events': events };
    return traced(tracing, { name: `POST ${client.wire.path}`, kind: 'client', attributes }, async (span) => {
      const result = await send();
      if (result.kind === 'failure') span?.fail(result.reason);
      else {
        span?.set({ 'http.response.status_code': result.answer.status });
        if (result.answer.status >= 400) span?.fail(String(result.answer.status));
      }
      return result;
    });
  }
}

function countOutcomes(verdict: Verdict, count: number): Record<string, number> {
  if (verdict.kind !== 'items') return { [verdict.kind]: count };
  const counts: Record<string, number> = {};
  for (const { kind } of verdict.items) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
