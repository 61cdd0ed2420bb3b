// Real: Prometheus and promtool, the built worker, intake and sandbox as processes, Redis. Not real: Grafana, whose
// macros and variables are expanded here. test/observability covers every outcome, makes the alerts fire, and reads the
// panels.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteKeys } from '../../dev/demo/clean-up.js';
import { prefixOf } from '../../src/queue/queue.js';
import { connectRedis } from '../../src/redis/connect.js';
import { Cable } from '../support/cable.js';
import { expand, queriesOf, readDashboards } from '../support/dashboard.js';
import { idsFrom } from '../support/events.js';
import { TEST_ACCOUNT } from '../support/leaks.js';
import { Observed } from '../support/observed.js';
import { endAllPrograms, type Program } from '../support/program.js';
import { isWithoutPrometheus, promtool } from '../support/prometheus.js';
import { RULE_FILES } from '../support/rules.js';
import { ROOT } from '../support/scratch.js';
import { until } from '../support/world.js';

const account = `${TEST_ACCOUNT}${randomBytes(4).toString('hex')}`;
/** Longer than the test, so that everything in it is visible. */
const INTERVAL = '5m';
/** No other panel may be empty. */
const MAY_BE_EMPTY = new Map([
  ['Overview: Alerts that fire, A', 'none fires while all is well'],
  ['Runtime and Redis: Memory of Redis, A', 'the Redis of the tests has no maxmemory'],
  ['Runtime and Redis: Memory used by Redis, B', 'the Redis of the tests has no maxmemory'],
]);

// Names of prom-client's own, which common dashboards use.
const LINTED_ELSEWHERE = /^nodejs_active_(handles|requests|resources)_total non-counter metrics should not have/;

describe.skipIf(isWithoutPrometheus())('being seen by Prometheus', () => {
  let observed: Observed;
  let cable: Cable;
  let seriesAtStart: number;

  beforeAll(async () => {
    const redisUrl = process.env['REDIS_URL'] ?? '';
    cable = await Cable.to(redisUrl);
    observed = await Observed.open({
      accounts: [account],
      redisUrl,
      workerRedisUrl: cable.url,
      workers: 1,
      ruleFiles: RULE_FILES.map((file) => join(ROOT, 'prometheus', 'rules', file)),
      environment: { BATCH_LINGER_MS: '30', RETRY_BASE_DELAY_MS: '30' },
    });
    await observed.untilAtLeast(6, 'count(capi_ledger_events_total{job="capi-worker"})');
    seriesAtStart = (await seriesOf(worker())).length;
    await driveSomeOutcomes();
  });

  afterAll(async () => {
    await observed?.close();
    await endAllPrograms();
    await cable?.cut();
    const connection = connectRedis(process.env['REDIS_URL'] ?? '', 'patient', 'test-clean-up');
    await deleteKeys(connection, prefixOf(account));
    connection.disconnect();
  });

  function worker(): Program {
    const [first] = observed.workers;
    if (!first) throw new Error('no worker');
    return first;
  }

  /** Each step waits for the numbers in Prometheus, as this is what an operator sees. */
  async function driveSomeOutcomes(): Promise<void> {
    await observed.post(account, idsFrom('first', 20));
    await observed.untilAtLeast(20, 'sum(capi_events_settled_total{outcome="delivered"})');
    await observed.post(account, idsFrom('first', 5));
    await observed.addFault({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
    await observed.post(account, ['bad-1', 'good-1']);
    await observed.addFault({ kind: 'status', status: 418, times: 1 });
    await observed.post(account, ['late-1'], { currencyCode: 'XAF' });
    expect((await observed.post(account, ['nowhere'], { countryCode: 'Wonderland' })).status).toBe(400);
    await observed.untilAtLeast(5, 'sum(capi_events_settled_total{outcome="duplicate"})');
    await observed.untilAtLeast(1, 'sum(capi_dead_lettered_total{reason="rejected"})');
    await observed.untilAtLeast(1, 'sum(capi_requests_total{status="other"})');
    await observed.untilAtLeast(1, 'sum(capi_events_refused_total{reason="invalid"})');
    await observed.untilAtLeast(1, 'max(capi_dead_letters)');
  }

  it('exports metrics that promtool has no fault to find with', async () => {
    for (const program of [worker(), observed.intake]) {
      const text = await (await fetch(`${program.address('metrics')}/metrics`)).text();
      const { output } = promtool(['check', 'metrics'], text);
      expect(output.split('\n').filter((line) => line !== '' && !LINTED_ELSEWHERE.test(line))).toEqual([]);
    }
  });

  it('exports no series more than at its start, whatever happened meanwhile', async () => {
    expect(await seriesOf(worker())).toHaveLength(seriesAtStart);
  });

  it('offers the jobs, instances and accounts to choose from', async () => {
    const variables = readDashboards().flatMap(({ templating }) => templating.list);
    for (const { query } of variables.filter(({ type }) => type === 'query')) {
      const text = typeof query === 'string' ? query : query.query;
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(text) ?? [];
      const match = { 'match[]': expand(selector, INTERVAL) };
      const values = await observed.prometheus.get<string[]>(`label/${label}/values`, match);
      expect({ label, count: values.length }).toEqual({ label, count: label === 'account' ? 1 : 2 });
    }
  });

  it('evaluates every rule without a fault, and wakes nobody while all is well', async () => {
    // A scrape that a busy machine delayed is over with the next one.
    await until(async () => {
      const rules = await observed.rules();
      expect(rules.length).toBeGreaterThan(40);
      expect(rules.filter((rule) => !/ ok( inactive)?$/.test(rule))).toEqual([]);
    });
  });

  it.each(readDashboards().flatMap(queriesOf))('has numbers for the panel $name', async ({ name, expr }) => {
    const samples = await observed.prometheus.query(expand(expr, INTERVAL));
    const values = samples.map(({ value }) => Number(value[1])).filter((value) => Number.isFinite(value));
    if (!MAY_BE_EMPTY.has(name)) expect({ name, isFilled: values.length > 0 }).toEqual({ name, isFilled: true });
  });

  // Pending: the condition holds, and the rule's minutes have started. promtool tests the rest.
  it('is about to wake somebody for letters, a hold, an intake that ends and a Redis that is away', async () => {
    await observed.post(account, idsFrom('bad-again', 20));
    await observed.untilAlert('CapiDeadLettersGrowing', 'pending');
    await observed.addFault({ kind: 'credentials', error: 'invalid_grant' });
    await observed.expireTokens();
    await observed.post(account, ['held-1']);
    await observed.untilAlert('CapiAccountHeld', 'pending');
    await observed.intake.end();
    await observed.untilAlert('CapiForwarderDown', 'pending');
    await cable.cut();
    await observed.untilAlert('CapiRedisDown', 'pending');
    await cable.mend();
  });
});

async function seriesOf(program: Program): Promise<string[]> {
  const text = await (await fetch(`${program.address('metrics')}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith('capi_'));
}
