/**
 * Reports a settled batch to metrics and receipts. Metrics are counted here first, and each counter is raised once a batch:
 * raising one by labels costs more than everything else that an event costs here. Events of a run that lost its job are not
 * reported here: the run that now has the job reports them.
 */
import type { EventType } from '../mapping/event.js';
import { hundredthsOf } from '../mapping/money.js';
import type { DeadReason, RetryReason } from '../mapping/outcome.js';
import { currencyLabel } from '../telemetry/metric-labels.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Receipts } from '../telemetry/receipts/receipts.js';
import { receiptsOf } from './receipts-of.js';
import type { SettledEvent } from './settled-event.js';

export interface ReportOptions {
  readonly account: string;
  readonly metrics: Metrics;
  /** Absent: no receipts are written. */
  readonly receipts?: Receipts | undefined;
}

export function reportOutcomes(
  { account, metrics, receipts }: ReportOptions,
  settled: readonly SettledEvent[],
  nowMs: number,
): void {
  receipts?.note(receiptsOf(account, settled));
  const latency = metrics.deliveryLatency.of(account);
  const age = metrics.eventAge.of(account);
  const delivered = new Map<EventType, number>();
  const dead = new Map<DeadReason, Map<EventType, number>>();
  const retried = new Map<RetryReason, number>();
  const values: Sum[] = [];
  let duplicates = 0;
  // The producer's clock may be ahead of Redis's: a negative duration would lower the sum.
  for (const { event, outcome } of settled) {
    if (event.run.isLost) continue;
    const { eventType, currencyCode, value, timestampMs, facts } = event.held;
    switch (outcome.kind) {
      case 'delivered':
        countOne(delivered, eventType);
        if (value !== undefined) addValue(values, eventType, currencyLabel(currencyCode), value);
        latency.observe(Math.max(0, nowMs - facts.enqueuedAt) / 1000);
        age.observe(Math.max(0, nowMs - timestampMs) / 1000);
        break;
      case 'duplicate':
        duplicates += 1;
        break;
      case 'dead': {
        const byType = dead.get(outcome.reason) ?? new Map<EventType, number>();
        dead.set(outcome.reason, byType);
        countOne(byType, eventType);
        break;
      }
      case 'retry':
        countOne(retried, outcome.reason);
        break;
      case 'wait':
        break;
      default:
        outcome satisfies never;
    }
  }
  for (const [eventType, count] of delivered) {
    metrics.eventsSettled.inc({ account, outcome: 'delivered' }, count);
    metrics.delivered.inc({ account, event_type: eventType }, count);
  }
  for (const { eventType, currency, hundredths } of values) {
    metrics.deliveredValue.addHundredths({ account, event_type: eventType, currency }, hundredths);
  }
  if (duplicates > 0) metrics.eventsSettled.inc({ account, outcome: 'duplicate' }, duplicates);
  for (const [reason, byType] of dead) {
    for (const [eventType, count] of byType) {
      metrics.eventsSettled.inc({ account, outcome: 'dead_lettered' }, count);
      metrics.deadLettered.inc({ account, reason, event_type: eventType }, count);
    }
  }
  for (const [reason, count] of retried) metrics.eventRetries.inc({ account, reason }, count);
}

/** The same for entries of a job that could not be read: dead letters of which nothing is known. */
export function reportUnreadable({ account, metrics, receipts }: ReportOptions, count: number): void {
  const reason = 'unreadable';
  metrics.eventsSettled.inc({ account, outcome: 'dead_lettered' }, count);
  metrics.deadLettered.inc({ account, reason, event_type: 'OTHER' }, count);
  receipts?.note(
    Array.from({ length: count }, () => ({ account, source: 'unknown', outcome: 'dead_letter', reason }) as const),
  );
}

function countOne<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Value delivered of one event type and currency. */
interface Sum {
  readonly eventType: EventType;
  readonly currency: string;
  hundredths: number;
}

/** Values below 0 are left out, as in MoneyCounter. A batch has few types and currencies, so a linear search is enough. */
function addValue(sums: Sum[], eventType: EventType, currency: string, value: number): void {
  const hundredths = Math.max(0, hundredthsOf(value) ?? 0);
  const sum = sums.find((known) => known.eventType === eventType && known.currency === currency);
  if (sum) sum.hundredths += hundredths;
  else sums.push({ eventType, currency, hundredths });
}
