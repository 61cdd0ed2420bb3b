// Real: metrics. Simulated: the receipts file.
import { beforeEach, describe, expect, it } from 'vitest';
import { eventsManagerV1 } from '../../../src/amazon/wires/events-manager-v1.js';
import type { ConversionEvent } from '../../../src/mapping/event.js';
import { holdEntry } from '../../../src/queue/held-event.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { type Receipt, Receipts } from '../../../src/telemetry/receipts/receipts.js';
import { batchEventOf } from '../../../src/worker/batch-events.js';
import { JobRun } from '../../../src/worker/job-run.js';
import { reportOutcomes, reportUnreadable } from '../../../src/worker/report.js';
import type { SettledEvent } from '../../../src/worker/settled-event.js';
import { eventOf, queued } from '../../support/events.js';
import { metricOf } from '../../support/metric-of.js';

const ACCOUNT = 'one';
const NOW_MS = Date.parse('2026-11-20T12:00:00Z');
const DELIVERED = { kind: 'delivered', requestId: 'request-1' } as const;
const DEAD = { kind: 'dead', reason: 'rejected', detail: { requestId: 'request-2' } } as const;
const RETRY = { kind: 'retry', reason: 'timeout', isMaybeDelivered: true, detail: {} } as const;
const WAIT = { kind: 'wait', reason: 'claimed', afterMs: 0 } as const;

let metrics: Metrics;
let lines: Receipt[];
let receipts: Receipts;
beforeEach(() => {
  metrics = new Metrics([ACCOUNT]);
  lines = [];
  const append = (text: string) =>
    lines.push(
      ...text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Receipt),
    );
  receipts = new Receipts({ append, close: () => Promise.resolve() } as never, { nowMs: () => NOW_MS });
});

/** An event that was enqueued 20 seconds ago and happened an hour ago, with its outcome. */
function settled(
  outcome: SettledEvent['outcome'],
  fields: Partial<ConversionEvent> = {},
  enqueuedAt = NOW_MS - 20_000,
): SettledEvent {
  const held = holdEntry(queued(eventOf('id', { timestamp: '2026-11-20T11:00:00Z', ...fields }), { enqueuedAt }));
  const run = new JobRun({ id: '7', token: 't', run: 'r', addedAtMs: 0, settling: '' }, [held], true);
  return { event: batchEventOf(run, held, 0, eventsManagerV1), outcome };
}

const report = (...all: SettledEvent[]) => reportOutcomes({ account: ACCOUNT, metrics, receipts }, all, NOW_MS);
const count = (name: string, labels: Record<string, string>) =>
  metricOf(metrics, name, { account: ACCOUNT, ...labels });

async function sumOf(name: string): Promise<number> {
  const found = new RegExp(`^${name}_sum\\{.*\\} (.*)$`, 'm').exec(await metrics.registry.metrics());
  return Number(found?.[1]);
}

describe('reporting what became of events', () => {
  it('counts each by how it ended, and by its type', async () => {
    const lead = { eventType: 'LEAD' } as const;
    report(settled(DELIVERED), settled(DELIVERED), settled(DELIVERED, lead), settled({ kind: 'duplicate' }));
    report(settled(DEAD), settled(DEAD, lead), settled(DEAD), settled({ ...DEAD, reason: 'forbidden' }));
    const purchase = { event_type: 'OFF_AMAZON_PURCHASES' };
    expect(await count('capi_events_settled_total', { outcome: 'delivered' })).toBe(3);
    expect(await count('capi_events_settled_total', { outcome: 'duplicate' })).toBe(1);
    expect(await count('capi_events_settled_total', { outcome: 'dead_lettered' })).toBe(4);
    expect(await count('capi_delivered_total', purchase)).toBe(2);
    expect(await count('capi_delivered_total', { event_type: 'LEAD' })).toBe(1);
    expect(await count('capi_dead_lettered_total', { ...purchase, reason: 'rejected' })).toBe(2);
    expect(await count('capi_dead_lettered_total', { event_type: 'LEAD', reason: 'rejected' })).toBe(1);
    expect(await count('capi_dead_lettered_total', { ...purchase, reason: 'forbidden' })).toBe(1);
  });

  it('counts what goes again by its reason, and not what only waits', async () => {
    report(settled(RETRY), settled(RETRY), settled({ ...RETRY, reason: 'item_error' }), settled(WAIT));
    expect(await count('capi_event_retries_total', { reason: 'timeout' })).toBe(2);
    expect(await count('capi_event_retries_total', { reason: 'item_error' })).toBe(1);
    expect(await count('capi_events_settled_total', { outcome: 'delivered' })).toBe(0);
  });

  it('adds up the value that was delivered, by type and currency', async () => {
    const worth = (value: number | undefined, currencyCode: string | undefined, more: Partial<ConversionEvent> = {}) =>
      settled(DELIVERED, { value, currencyCode, ...more });
    report(
      worth(10.1, 'USD'),
      worth(0.2, 'USD'),
      worth(5, 'EUR'),
      worth(7, 'USD', { eventType: 'LEAD' }),
      worth(-3, 'USD'),
      worth(undefined, undefined),
    );
    report(settled(DEAD, { value: 1000 }));
    const purchase = { event_type: 'OFF_AMAZON_PURCHASES' };
    expect(await count('capi_delivered_value_total', { ...purchase, currency: 'USD' })).toBe(10.3);
    expect(await count('capi_delivered_value_total', { ...purchase, currency: 'EUR' })).toBe(5);
    expect(await count('capi_delivered_value_total', { event_type: 'LEAD', currency: 'USD' })).toBe(7);
  });

  it('measures how long delivery took and how old the events were, in seconds, never below 0', async () => {
    report(settled(DELIVERED), settled(DEAD));
    expect(await sumOf('capi_delivery_latency_seconds')).toBe(20);
    expect(await sumOf('capi_event_age_seconds')).toBe(3_600);
    report(settled(DELIVERED, { timestamp: '2026-11-20T13:00:00Z' }, NOW_MS + 5_000));
    expect(await sumOf('capi_delivery_latency_seconds')).toBe(20);
    expect(await sumOf('capi_event_age_seconds')).toBe(3_600);
  });

  it('leaves out the events of a lost run: the run that has the job now reports them', async () => {
    const one = settled(DELIVERED);
    one.event.run.lose();
    report(one);
    expect(await count('capi_events_settled_total', { outcome: 'delivered' })).toBe(0);
    expect(lines).toEqual([]);
  });
});

describe('writing receipts', () => {
  const fields = { account: ACCOUNT, id: 'id', eventType: 'OFF_AMAZON_PURCHASES', source: 'conversion' };

  it('writes one for each event that ended', () => {
    report(settled(DELIVERED), settled({ kind: 'duplicate' }), settled(DEAD), settled(RETRY), settled(WAIT));
    expect(lines).toEqual([
      expect.objectContaining({ ...fields, outcome: 'delivered', requestId: 'request-1' }),
      expect.objectContaining({ ...fields, outcome: 'duplicate' }),
      expect.objectContaining({ ...fields, outcome: 'dead_letter', reason: 'rejected', requestId: 'request-2' }),
    ]);
  });

  it('reports of an unreadable event only that, and counts it', async () => {
    reportUnreadable({ account: ACCOUNT, metrics, receipts }, 2);
    const { account, outcome, reason, source } = lines[0] ?? {};
    expect({ account, outcome, reason, source }).toEqual({
      account: ACCOUNT,
      outcome: 'dead_letter',
      reason: 'unreadable',
      source: 'unknown',
    });
    expect(lines).toHaveLength(2);
    expect(await count('capi_events_settled_total', { outcome: 'dead_lettered' })).toBe(2);
    expect(await count('capi_dead_lettered_total', { reason: 'unreadable', event_type: 'OTHER' })).toBe(2);
  });

  it('writes none where nobody keeps them', async () => {
    reportOutcomes({ account: ACCOUNT, metrics }, [settled(DELIVERED)], NOW_MS);
    reportUnreadable({ account: ACCOUNT, metrics }, 1);
    expect(await count('capi_events_settled_total', { outcome: 'delivered' })).toBe(1);
  });
});
