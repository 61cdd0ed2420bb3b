// Real: Prometheus and promtool, the built worker, intake and sandbox as processes, Redis.
// Not real: Grafana. Its macros and variables are expanded here, its drawing is not looked at.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteKeys } from '../../src/demo/clean-up.js';
import { prefixOf } from '../../src/queue.js';
import { connectRedis } from '../../src/redis.js';
import { Cable } from '../support/cable.js';
import { expand, queriesOf, readDashboards } from '../support/dashboard.js';
import { conversionPayload, idsFrom } from '../support/events.js';
import { TEST_ACCOUNT } from '../support/leaks.js';
import { endAllPrograms, Program } from '../support/program.js';
import { isWithoutPrometheus, Prometheus, promtool } from '../support/prometheus.js';
import { ROOT } from '../support/scratch.js';
import { until } from '../support/world.js';

const account = `${TEST_ACCOUNT}${randomBytes(4).toString('hex')}`;
const RULES = 'prometheus/rules/forwarder.yml';
/** Longer than the test, so that all that happened in it is seen. */
const INTERVAL = '5m';
/** No panel may be empty, and none but these without anything but zeros. */
const MAY_BE_ZERO = new Map([
  ['Stalled jobs, A', 'a worker would have to be killed, and its locks to end'],
  ['Requests in flight, A', 'a request is over before the next scrape'],
]);

// Names of prom-client's own, which everybody's dashboards know.
const LINTED_ELSEWHERE = /^nodejs_active_(handles|requests|resources)_total non-counter metrics should not have/;

interface Rule {
  readonly name: string;
  readonly health: string;
  readonly state: string;
}

describe.skipIf(isWithoutPrometheus())('being seen by Prometheus', () => {
  let folder: string;
  let sandbox: Program;
  let intake: Program;
  let worker: Program;
  let prometheus: Prometheus;
  let cable: Cable;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capi-observing-'));
    sandbox = await Program.start('sandbox', ['--port', '0'], {});
    const url = sandbox.address('sandbox');
    const accountsFile = join(folder, 'accounts.json');
    const credentials = { clientId: 'c', clientSecret: 's', refreshToken: 'r' };
    const entry = { name: account, endpoint: url, tokenUrl: `${url}/auth/o2/token`, profileId: '1', ...credentials };
    await writeFile(accountsFile, JSON.stringify({ accounts: [entry] }));
    const environment = {
      REDIS_URL: process.env['REDIS_URL'] ?? '',
      ACCOUNTS_FILE: accountsFile,
      BATCH_LINGER_MS: '30',
      RETRY_BASE_DELAY_MS: '30',
    };
    cable = await Cable.to(environment.REDIS_URL);
    worker = await Program.start('worker', [], { ...environment, REDIS_URL: cable.url });
    intake = await Program.start('intake', [], environment);
    const jobs = { 'capi-worker': worker.address('metrics'), 'capi-intake': intake.address('metrics') };
    prometheus = await Prometheus.start(jobs, [join(ROOT, RULES)]);
    // A first increase is one only where the 0 before it was scraped.
    await untilAtLeast(2, 'sum(up)');
    await driveEveryOutcome();
  });

  afterAll(async () => {
    await prometheus?.stop();
    await endAllPrograms();
    await cable?.cut();
    const connection = connectRedis(process.env['REDIS_URL'] ?? '', 'patient', 'test-clean-up');
    await deleteKeys(connection, prefixOf(account));
    connection.disconnect();
    await rm(folder, { recursive: true });
  });

  /** Each step is waited for in Prometheus's own numbers: what an operator would see is what counts. */
  async function driveEveryOutcome(): Promise<void> {
    await post(idsFrom('first', 20));
    await untilAtLeast(20, 'sum(capi_events_settled_total{outcome="delivered"})');
    await post(idsFrom('first', 5));
    await untilAtLeast(5, 'sum(capi_events_settled_total{outcome="duplicate"})');
    await addFault({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
    await post(['bad-1', 'good-1']);
    await untilAtLeast(1, 'sum(capi_dead_lettered_total{reason="rejected"})');
    await addFault({ kind: 'status', status: 503, times: 1 });
    await post(['late-1']);
    await untilAtLeast(1, 'sum(capi_event_retries_total{reason="server_error"})');
    await fetch(`${sandbox.address('sandbox')}/sandbox/expire-tokens`, { method: 'POST' });
    await post(['renewed-1']);
    await untilAtLeast(2, 'sum(capi_token_refreshes_total{result="ok"})');
    await untilAtLeast(1, 'sum(capi_requests_total{status="401"})');
    expect((await post(['nowhere'], { countryCode: 'XX' })).status).toBe(400);
    await untilAtLeast(1, 'sum(capi_events_refused_total{reason="invalid"})');
    await untilAtLeast(23, 'sum(capi_events_settled_total{outcome="delivered"})');
    await untilAtLeast(1, 'max(capi_dead_letters)');
  }

  function post(ids: readonly string[], overrides: object = {}): Promise<Response> {
    const timestamp = new Date().toISOString();
    const events = ids.map((id) => conversionPayload({ clientDedupeId: id, timestamp, ...overrides }));
    return send(`${intake.address('intake')}/v1/events?account=${account}`, events);
  }

  const addFault = (fault: object) => send(`${sandbox.address('sandbox')}/sandbox/faults`, fault);

  async function untilAtLeast(least: number, query: string): Promise<void> {
    await until(async () => {
      const [sample] = await prometheus.query(query);
      expect({ query, value: Number(sample?.value[1]) }).toEqual({ query, value: expect.toSatisfy(atLeast(least)) });
    });
  }

  it('exports metrics that promtool has no fault to find with', async () => {
    for (const program of [worker, intake]) {
      const text = await (await fetch(`${program.address('metrics')}/metrics`)).text();
      const { output } = promtool(['check', 'metrics'], text);
      expect(output.split('\n').filter((line) => line !== '' && !LINTED_ELSEWHERE.test(line))).toEqual([]);
    }
  });

  it('offers the jobs, instances and accounts to choose from', async () => {
    for (const { query } of readDashboards().flatMap(({ templating }) => templating.list.slice(1))) {
      const text = typeof query === 'string' ? query : query.query;
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(text) ?? [];
      const values = await prometheus.get<string[]>(`label/${label}/values`, { 'match[]': expand(selector, INTERVAL) });
      expect({ label, count: values.length }).toEqual({ label, count: label === 'account' ? 1 : 2 });
    }
  });

  it('evaluates every rule without a fault, and wakes nobody while all is well', async () => {
    expect((await alerts()).filter((alert) => !alert.endsWith(' ok inactive'))).toEqual([]);
  });

  // Pending: the condition holds, and the minutes that the rule demands have begun. The rest is promtool's to prove.
  describe('while letters pile up and the account is held', () => {
    beforeAll(async () => {
      await post(idsFrom('bad-again', 20));
      await untilPending('CapiDeadLettersGrowing');
      await addFault({ kind: 'credentials', error: 'invalid_grant' });
      await fetch(`${sandbox.address('sandbox')}/sandbox/expire-tokens`, { method: 'POST' });
      await post(['held-1']);
      await untilPending('CapiAccountHeld');
    });

    it.each(readDashboards().flatMap(queriesOf))('has numbers for the panel $name', async ({ name, expr }) => {
      const samples = await prometheus.query(expand(expr, INTERVAL));
      const values = samples.map(({ value }) => Number(value[1])).filter((value) => Number.isFinite(value));
      expect({ name, isFilled: values.length > 0 }).toEqual({ name, isFilled: true });
      if (!MAY_BE_ZERO.has(name)) expect({ name, highest: Math.max(...values) }).not.toEqual({ name, highest: 0 });
    });

    it('is about to wake somebody for both, and for an intake that ends and a Redis that is away', async () => {
      await intake.end();
      await untilPending('CapiForwarderDown');
      await cable.cut();
      await untilPending('CapiRedisDown');
      await cable.mend();
      const quiet = (await alerts()).filter((alert) => alert.endsWith(' ok inactive'));
      expect(quiet).toEqual(['CapiQueueOldestTooOld ok inactive', 'CapiConservationBroken ok inactive']);
    });
  });

  async function alerts(): Promise<string[]> {
    const { groups } = await prometheus.get<{ groups: { rules: Rule[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules.map(({ name, health, state }) => `${name} ${health} ${state}`));
  }

  const untilPending = (name: string) => until(async () => expect(await alerts()).toContain(`${name} ok pending`));
});

function send(url: string, body: object): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

const atLeast = (least: number) => (value: unknown) => typeof value === 'number' && value >= least;
