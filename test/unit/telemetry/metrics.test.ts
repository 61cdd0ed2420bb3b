import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CONSENT_STATES, marksOf } from '../../../src/coverage/marks.js';
import { EVENT_TYPES } from '../../../src/mapping/event.js';
import { MATCH_KEY_TYPES } from '../../../src/mapping/match-key.js';
import { DEAD_REASONS, HOLD_REASONS, RETRY_REASONS } from '../../../src/mapping/outcome.js';
import { REFUSAL_REASONS } from '../../../src/mapping/refusal.js';
import { SOURCES } from '../../../src/mapping/source.js';
import {
  currencyLabel,
  INTAKE_ROUTES,
  INTAKE_STATUSES,
  intakeStatusLabel,
  routeLabel,
  statusLabel,
} from '../../../src/telemetry/metric-labels.js';
import { Metrics, type MetricsRole } from '../../../src/telemetry/metrics.js';
import { eventOf } from '../../support/events.js';

const ACCOUNTS = ['default', 'store-eu'];

type Labels = Readonly<Record<string, readonly string[]>>;

const CLOSED_BY = ['count', 'bytes', 'linger', 'drain'];
const STATUSES = '200 202 207 400 401 403 404 408 413 415 422 429 500 502 503 504 timeout network other'.split(' ');

/** Every promised metric, with its labels besides `account`. */
const PROMISED: readonly [string, 'counter' | 'gauge' | 'histogram', Labels?][] = [
  ['events_enqueued_total', 'counter', { source: SOURCES }],
  ['events_refused_total', 'counter', { source: SOURCES, reason: REFUSAL_REASONS }],
  ['event_match_keys_total', 'counter', { source: SOURCES, type: MATCH_KEY_TYPES }],
  ['events_consent_total', 'counter', { source: SOURCES, consent: CONSENT_STATES }],
  ['events_settled_total', 'counter', { outcome: ['delivered', 'duplicate', 'dead_lettered'] }],
  ['event_retries_total', 'counter', { reason: RETRY_REASONS }],
  ['dead_lettered_total', 'counter', { reason: DEAD_REASONS, event_type: EVENT_TYPES }],
  ['delivered_total', 'counter', { event_type: EVENT_TYPES }],
  ['ledger_went_back_total', 'counter'],
  ['conservation_difference_events', 'gauge'],
  ['conservation_checked_timestamp_seconds', 'gauge'],
  ['queue_jobs', 'gauge', { state: ['waiting', 'active', 'delayed', 'prioritized', 'failed'] }],
  ['queue_events', 'gauge'],
  ['queue_oldest_timestamp_seconds', 'gauge'],
  ['dead_letters', 'gauge', { reason: DEAD_REASONS }],
  ['dead_letters_oldest_timestamp_seconds', 'gauge'],
  ['batches_total', 'counter', { closed_by: CLOSED_BY }],
  ['batch_events', 'histogram'],
  ['batch_bytes', 'histogram'],
  ['batch_linger_seconds', 'histogram'],
  ['batch_max_events', 'gauge'],
  ['requests_total', 'counter', { status: STATUSES }],
  ['unknown_answers_total', 'counter'],
  ['request_duration_seconds', 'histogram'],
  ['requests_in_flight', 'gauge'],
  ['delivery_latency_seconds', 'histogram'],
  ['event_age_seconds', 'histogram'],
  ['token_refreshes_total', 'counter', { result: ['ok', 'refused', 'failed'] }],
  ['token_expiry_timestamp_seconds', 'gauge'],
  ['account_held', 'gauge', { reason: HOLD_REASONS }],
  ['window_claims_total', 'counter', { result: ['claimed', 'delivered', 'busy'] }],
  ['window_ids', 'gauge'],
  ['account_without_worker', 'gauge'],
  ['jobs_stalled_total', 'counter'],
  ['oldest_run_seconds', 'gauge'],
  ['max_event_age_seconds', 'gauge'],
];

/** Those of the process, not of an account. */
const OF_PROCESS = [
  'build_info',
  'intake_requests_total',
  'intake_request_duration_seconds',
  'redis_up',
  'redis_command_duration_seconds',
  'redis_memory_used_bytes',
  'redis_memory_max_bytes',
  'redis_disk_failing',
  'clock_offset_seconds',
  'secret_files_unusable',
  'accounts_file_usable',
  'collection_duration_seconds',
  'collection_failures_total',
  'receipts_lost_total',
];

/** Values that may be unknown: there is no series before the first value. */
const WHERE_KNOWN = ['refresh_token_expires_timestamp_seconds', 'reconcile_last_run_timestamp_seconds'];

/** Totals in Redis: at 0 before the first reading, they would seem to rise with it. */
const READ_FIRST = [
  'ledger_events_total',
  'dead_letters_replayed_total',
  'dead_letters_discarded_total',
  'redis_evicted_keys_total',
  'reconcile_orders_total',
  'reconcile_enqueued_total',
];

/** Not every combination of labels: only purchases have a currency. */
const VALUE = 'delivered_value_total';

/** More for one account would mean a label without a closed set, or one too many. */
const MOST_SERIES_OF_AN_ACCOUNT = 600;

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
    const promised = [...PROMISED.map(([name]) => name), ...OF_PROCESS, ...READ_FIRST, ...WHERE_KNOWN, VALUE].map(
      (name) => `capi_${name}`,
    );
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

  it.each(WHERE_KNOWN)('has no series of %s before it is known', async (name) => {
    const metric = (await readMetrics()).find((known) => known.name === `capi_${name}`);
    expect(metric).toMatchObject({ type: 'gauge', values: [] });
    expect(metric?.help).toMatch(/\w.*\.$/);
  });

  it.each(READ_FIRST)('has no number for %s before Redis gave one', async (name) => {
    const metric = (await readMetrics()).find((known) => known.name === `capi_${name}`);
    expect(metric).toMatchObject({ type: 'counter', values: [] });
    expect(metric?.help).toMatch(/\w.*\.$/);
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

  it('has each route of the intake with each status at 0, and in no other process', async () => {
    const requestsOf = async (role?: MetricsRole) => {
      const metrics = await new Metrics(['default'], role).registry.getMetricsAsJSON();
      return metrics.find(({ name }) => name === 'capi_intake_requests_total')?.values ?? [];
    };
    const values = await requestsOf('intake');
    expect(values).toHaveLength(INTAKE_ROUTES.length * INTAKE_STATUSES.length);
    expect(values.every(({ value }) => value === 0)).toBe(true);
    expect(values).toContainEqual({ labels: { route: '/v1/webhooks/stripe', status: '401' }, value: 0 });
    expect([await requestsOf('worker'), await requestsOf('console')]).toEqual([[], []]);
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
    const others = ['currency', 'account', 'le', 'command', 'route', 'version', 'node_version'];
    expect([...new Set(labels)].filter((label) => ![...closed, ...others].includes(label))).toEqual([]);
  });

  it('has nothing of an account that it does not work for', async () => {
    const values = (await readMetrics([])).flatMap((metric) => metric.values);
    expect(values.filter(({ labels }) => 'account' in labels)).toEqual([]);
  });

  it('has the value of purchases by currency and of all other events without one, each at 0', async () => {
    const value = (await readMetrics(['default'])).find(({ name }) => name === `capi_${VALUE}`);
    expect(value?.values.every((one) => one.value === 0)).toBe(true);
    const pairs = value?.values.map(({ labels }) => `${labels['event_type']} ${labels['currency']}`) ?? [];
    const purchases = ['EUR', 'GBP', 'JPY', 'USD', 'OTHER', 'NONE'].map((code) => `OFF_AMAZON_PURCHASES ${code}`);
    const others = EVENT_TYPES.filter((type) => type !== 'OFF_AMAZON_PURCHASES').map((type) => `${type} NONE`);
    expect(pairs).toEqual(expect.arrayContaining([...purchases, ...others]));
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(pairs.filter((pair) => !pair.startsWith('OFF_AMAZON_PURCHASES ') && !others.includes(pair))).toEqual([]);
  });

  it('keeps an account within some hundred series, and each further one adds the same', async () => {
    const ofOurs = async (accounts: readonly string[]) =>
      (await readMetrics(accounts)).flatMap(({ name, values }) => (name.startsWith('capi_') ? values : [])).length;
    const [none, one, two] = [await ofOurs([]), await ofOurs(['a']), await ofOurs(['a', 'b'])];
    expect(one - none).toBeGreaterThan(0);
    expect(one - none).toBeLessThan(MOST_SERIES_OF_AN_ACCOUNT);
    expect(two - one).toBe(one - none);
  });
});

describe('keeping labels to their sets', () => {
  it.each([
    ['/v1/events', '/v1/events'],
    ['/v1/webhooks/fax', 'other'],
    ['/constructor', 'other'],
    [undefined, 'other'],
  ])('counts requests to %s under %s', (path, label) => expect(routeLabel(path)).toBe(label));

  it.each([
    [202, '202'],
    ['aborted', 'aborted'],
    [418, 'other'],
  ] as const)('counts an answer of the intake, %s, under %s', (status, label) => {
    expect(intakeStatusLabel(status)).toBe(label);
  });

  it.each([
    [200, '200'],
    [503, '503'],
    ['timeout', 'timeout'],
    [418, 'other'],
    [599, 'other'],
  ] as const)('a status %s is %s', (status, label) => {
    expect(statusLabel(status)).toBe(label);
  });

  it.each([
    ['EUR', 'EUR'],
    ['XAF', 'OTHER'],
    [undefined, 'NONE'],
  ])('a currency %s is %s', (code, label) => {
    expect(currencyLabel(code)).toBe(label);
  });
});

describe('exporting what has a meaning', () => {
  const seriesOf = async (metrics: Metrics) => {
    const all = await metrics.registry.getMetricsAsJSON();
    return all.filter(({ name }) => name.startsWith('capi_')).map(({ name, values }) => [name, values.length] as const);
  };

  it('an intake has no series of batches, a worker none of enqueued events, a console neither', async () => {
    const nameOf = async (role: 'intake' | 'worker' | 'console') =>
      (await seriesOf(new Metrics(ACCOUNTS, role))).flatMap(([name, count]) => (count > 0 ? [name] : []));
    const [intake, worker, console] = await Promise.all([nameOf('intake'), nameOf('worker'), nameOf('console')]);
    expect(intake).toContain('capi_events_enqueued_total');
    expect(intake).not.toContain('capi_batches_total');
    expect(worker).toContain('capi_batches_total');
    expect(worker).not.toContain('capi_events_enqueued_total');
    expect(console).toContain('capi_dead_letters');
    expect(console.filter((name) => /batches|enqueued_total|requests/.test(name))).toEqual([]);
  });

  it('with many accounts has a few dozen series each until something happens, and then what happened', async () => {
    const accounts = Array.from({ length: 300 }, (_, number) => `account-${number}`);
    const metrics = new Metrics(accounts, 'worker');
    const before = (await seriesOf(metrics)).reduce((sum, [, count]) => sum + count, 0);
    expect(before / accounts.length).toBeLessThan(50);
    metrics.deadLettered.inc({ account: 'account-7', reason: 'rejected', event_type: 'LEAD' });
    metrics.deliveryLatency.of('account-7').observe(1);
    metrics.deliveredValue.add({ account: 'account-7', event_type: 'OFF_AMAZON_PURCHASES', currency: 'USD' }, 5);
    const text = await metrics.registry.metrics();
    expect(text).toContain('capi_dead_lettered_total{account="account-7",reason="rejected",event_type="LEAD"} 1');
    expect(text).toContain('capi_delivery_latency_seconds_count{account="account-7"} 1');
    expect(text).toMatch(/capi_delivered_value_total\{.*currency="USD"\} 5/);
  });

  it('exports at each scrape what was taken in since, whichever counter is asked for first', async () => {
    const metrics = new Metrics(ACCOUNTS, 'intake');
    const marks = marksOf(eventOf('a', { consent: { tcf: 'CP' } }));
    const valueOf = async (name: string, labels: object) => {
      const { values = [] } = (await metrics.registry.getSingleMetric(name)?.get()) ?? {};
      return values.find((one) =>
        isDeepStrictEqual({ ...one.labels }, { account: 'default', source: 'ga4', ...labels }),
      )?.value;
    };
    metrics.coverage.of('default').add('ga4', marks);
    expect(await valueOf('capi_events_consent_total', { consent: 'signal' })).toBe(1);
    expect(await valueOf('capi_event_match_keys_total', { type: 'EMAIL' })).toBe(1);
    metrics.coverage.of('default').add('ga4', marks);
    expect(await valueOf('capi_event_match_keys_total', { type: 'EMAIL' })).toBe(2);
    expect(await valueOf('capi_events_consent_total', { consent: 'signal' })).toBe(2);
  });
});
