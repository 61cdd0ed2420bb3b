import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../src/mapping/event.js';
import { DEAD_REASONS, HOLD_REASONS, RETRY_REASONS } from '../../src/mapping/outcome.js';
import { REFUSAL_REASONS } from '../../src/mapping/refusal.js';
import { SOURCES } from '../../src/mapping/source.js';
import { Metrics } from '../../src/metrics.js';

const ACCOUNTS = ['default', 'store-eu'];

type Labels = Readonly<Record<string, readonly string[]>>;

const CLOSED_BY = ['count', 'bytes', 'linger', 'drain'];
const STATUSES = ['200', '207', '400', '401', '403', '413', '429', '500', '503', 'timeout', 'network'];

/** Every metric that is promised, with its labels beside `account`. */
const PROMISED: readonly [string, 'counter' | 'gauge' | 'histogram', Labels?][] = [
  ['events_enqueued_total', 'counter', { source: SOURCES }],
  ['events_refused_total', 'counter', { source: SOURCES, reason: REFUSAL_REASONS }],
  ['events_settled_total', 'counter', { outcome: ['delivered', 'duplicate', 'dead_lettered'] }],
  ['event_retries_total', 'counter', { reason: RETRY_REASONS }],
  ['dead_lettered_total', 'counter', { reason: DEAD_REASONS, event_type: EVENT_TYPES }],
  ['queue_jobs', 'gauge', { state: ['waiting', 'active', 'delayed', 'prioritized', 'failed'] }],
  ['queue_events', 'gauge'],
  ['queue_oldest_timestamp_seconds', 'gauge'],
  ['dead_letters', 'gauge', { reason: DEAD_REASONS }],
  ['dead_letters_oldest_timestamp_seconds', 'gauge'],
  ['dead_letters_replayed_total', 'counter'],
  ['dead_letters_discarded_total', 'counter'],
  ['batches_total', 'counter', { closed_by: CLOSED_BY }],
  ['batch_events', 'histogram'],
  ['batch_bytes', 'histogram'],
  ['batch_linger_seconds', 'histogram'],
  ['batch_max_events', 'gauge'],
  ['requests_total', 'counter', { status: STATUSES }],
  ['request_duration_seconds', 'histogram'],
  ['requests_in_flight', 'gauge'],
  ['delivery_latency_seconds', 'histogram'],
  ['event_age_seconds', 'histogram'],
  ['token_refreshes_total', 'counter', { result: ['ok', 'refused', 'failed'] }],
  ['token_expiry_timestamp_seconds', 'gauge'],
  ['account_held', 'gauge', { reason: HOLD_REASONS }],
  ['window_claims_total', 'counter', { result: ['claimed', 'delivered', 'busy'] }],
  ['window_ids', 'gauge'],
  ['jobs_stalled_total', 'counter'],
];

/** Those of the process, not of an account. */
const OF_PROCESS = ['build_info', 'redis_up', 'redis_command_duration_seconds'];

interface Series {
  readonly metricName?: string;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
  readonly value: number;
}

async function readMetrics(accounts: readonly string[] = ACCOUNTS) {
  const metrics = await new Metrics(accounts).registry.getMetricsAsJSON();
  return metrics.map(({ name, help, type, values }) => ({
    name,
    help,
    type: String(type),
    values: values as Series[],
  }));
}

/** Labels as text, sorted, to be compared. */
function keyOf(labels: Series['labels']): string {
  const parts = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return parts.toSorted().join(' ');
}

function combinationsOf(labels: Labels): string[] {
  let combinations: Record<string, string>[] = ACCOUNTS.map((account) => ({ account }));
  for (const [label, values] of Object.entries(labels)) {
    combinations = combinations.flatMap((known) => values.map((value) => Object.assign({ [label]: value }, known)));
  }
  return combinations.map(keyOf).toSorted();
}

describe('exporting metrics from the start', () => {
  it('has the metrics that are promised, beside those of the process, and no others', async () => {
    const names = (await readMetrics()).map(({ name }) => name).filter((name) => name.startsWith('capi_'));
    const promised = [...PROMISED.map(([name]) => name), ...OF_PROCESS].map((name) => `capi_${name}`);
    expect(names.toSorted()).toEqual(promised.toSorted());
  });

  it.each(PROMISED)('has %s, a %s, with every combination of labels at 0', async (name, type, labels = {}) => {
    const metric = (await readMetrics()).find((known) => known.name === `capi_${name}`);
    expect(metric?.type).toBe(type);
    expect(metric?.help).toMatch(/\w.*\.$/);
    expect(metric?.values.every(({ value }) => value === 0)).toBe(true);
    const series = metric?.values.filter(({ metricName }) => type !== 'histogram' || metricName?.endsWith('_count'));
    expect(series?.map((one) => keyOf(one.labels)).toSorted()).toEqual(combinationsOf(labels));
  });

  it('says what runs', async () => {
    const info = (await readMetrics()).find(({ name }) => name === 'capi_build_info');
    expect(info?.values).toMatchObject([{ value: 1, labels: { node_version: process.version } }]);
    expect(info?.values[0]?.labels['version']).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('takes Redis for down until it has answered, and times our own calls to it', async () => {
    const metrics = await readMetrics();
    expect(metrics.find(({ name }) => name === 'capi_redis_up')?.values).toMatchObject([{ value: 0, labels: {} }]);
    const calls = metrics.find(({ name }) => name === 'capi_redis_command_duration_seconds')?.values ?? [];
    const counts = calls.filter(({ metricName }) => metricName?.endsWith('_count'));
    expect(counts.map(({ labels, value }) => [labels['command'], value])).toEqual([
      ['claim', 0],
      ['settle', 0],
      ['enqueue', 0],
      ['ping', 0],
    ]);
  });

  it('has the default metrics of the process', async () => {
    const names = (await readMetrics()).map(({ name }) => name);
    expect(names).toContain('process_resident_memory_bytes');
    expect(names).toContain('nodejs_eventloop_lag_seconds');
  });

  it('knows no label that could hold an id', async () => {
    const labels = (await readMetrics()).flatMap(({ name, values }) =>
      name.startsWith('capi_') ? values.flatMap((one) => Object.keys(one.labels)) : [],
    );
    const closed = PROMISED.flatMap(([, , sets]) => Object.keys(sets ?? {}));
    const others = ['account', 'le', 'command', 'version', 'node_version'];
    expect([...new Set(labels)].filter((label) => ![...closed, ...others].includes(label))).toEqual([]);
  });

  it('has nothing of an account that it does not work for', async () => {
    const values = (await readMetrics([])).flatMap((metric) => metric.values);
    expect(values.filter(({ labels }) => 'account' in labels)).toEqual([]);
  });
});
