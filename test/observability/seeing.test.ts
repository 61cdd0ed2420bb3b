// Real: Redis, sandbox, intake, workers, Prometheus. Not real: Grafana, whose variables and macros are expanded here;
// and time: each minute of the rules is a second. `npm run verify:observability` runs this. It takes some minutes and
// is not part of `npm test`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { type Dashboard, expand, queriesOf, readDashboards } from '../support/dashboard.js';
import { Observed } from '../support/observed.js';
import { endAllPrograms } from '../support/program.js';
import { ALERTS } from '../support/rules.js';
import { until } from '../support/world.js';
import { driveEveryOutcome } from './outcomes.js';
import { readPanel, type Screen } from './panel-data.js';
import { NOT_PROVOKED, PROVOCATIONS, type Scene } from './provocations.js';
import { shortenRules } from './short-rules.js';
import { Traffic } from './traffic.js';

const ACCOUNTS = ['shop-us', 'shop-ca'] as const;
const [ACCOUNT] = ACCOUNTS;

/** Panels that have a number but no value above 0 without faults, and why no fault is caused for them. */
const MAY_BE_ZERO = new Map([
  ['Overview: Accounts held, A', 'nothing is held at the moment of the look'],
  ['Forwarding: Accounts held, A', 'nothing is held at the moment of the look'],
  ['Overview: Do the books balance?, A', 'they do; CapiConservationBroken is provoked below'],
  ['Runtime and Redis: Keys evicted, A', 'none are; CapiRedisEvicting is provoked below'],
  ['Runtime and Redis: Files of secrets that cannot be used, A', 'all can; test/redis/health.test.ts spoils one'],
  ['Runtime and Redis: Disk of Redis, A', 'it can be written; CapiRedisNotPersisting is provoked below'],
]);

const dashboards = readDashboards();
let startedAt = Date.now();
const counts = { panels: 0, queries: 0, variables: 0, provoked: 0 };

/** Everything since the start, in some 160 points. */
function screen(): Screen {
  const seconds = (Date.now() - startedAt) / 1000;
  return { seconds, stepSeconds: Math.max(1, Math.round(seconds / 160)), rateInterval: '8s' };
}

let redis: RedisServer;
let observed: Observed;
let traffic: Traffic;

beforeAll(async () => {
  redis = await startServer({ args: ['--maxmemory', '512mb', '--enable-protected-configs', 'yes'] });
  observed = await Observed.open({
    accounts: ACCOUNTS,
    redisUrl: redis.url,
    workers: 2,
    ruleFiles: shortenRules(),
    environment: {
      BATCH_LINGER_MS: '150',
      BATCH_MAX_EVENTS: '100',
      EVENTS_PER_JOB: '20',
      REQUEST_TIMEOUT_MS: '2000',
      RETRY_BASE_DELAY_MS: '100',
      RETRY_MAX_DELAY_MS: '1000',
      RETRY_MAX_ATTEMPTS: '4',
    },
  });
  startedAt = Date.now();
  traffic = new Traffic(observed, ACCOUNTS);
  traffic.start();
  await driveEveryOutcome(observed, ACCOUNT);
}, 900_000);

afterAll(async () => {
  await traffic?.stop();
  await observed?.close();
  await endAllPrograms();
  await redis?.stop();
  const { panels, queries, variables, provoked } = counts;
  process.stdout.write(
    `\nSeen by Prometheus: ${panels} panels of ${dashboards.length} dashboards, ${queries} queries and ${variables} variables with data, ` +
      `${provoked} of ${ALERTS.length} alerts provoked (${NOT_PROVOKED.size} by promtool alone)\n`,
  );
}, 60_000);

describe('choosing', () => {
  it.each(dashboards)('$title offers jobs, instances and accounts', async ({ templating }) => {
    const chosen = templating.list.filter(({ type }) => type === 'query');
    for (const { query, name } of chosen) {
      const text = typeof query === 'string' ? query : query.query;
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(text) ?? [];
      const values = await observed.prometheus.get<string[]>(`label/${label}/values`, {
        'match[]': expand(selector, '8s'),
      });
      expect({ name, count: values.length }).toEqual({ name, count: { job: 2, instance: 3, account: 2 }[name] });
      counts.variables += 1;
    }
  });

  it.each(dashboards)('$title marks the starts of processes', async ({ annotations }) => {
    for (const { expr } of annotations.list) {
      expect((await observed.prometheus.query(expand(expr, '8s'))).length).toBeGreaterThanOrEqual(3);
    }
  });
});

describe.each(dashboards)('looking at $title', (dashboard: Dashboard) => {
  it.each(queriesOf(dashboard))('$name has numbers', async ({ name, panel, expr }) => {
    const targets = (panel.targets ?? []).filter((one) => one.expr === expr);
    // A new event becomes a rate only after the next scrape.
    if (name === 'Overview: Alerts that fire, A') return;
    await until(async () => {
      const values = await readPanel(observed.prometheus, { ...panel, targets }, screen());
      expect({ name, isFilled: values.length > 0 }).toEqual({ name, isFilled: true });
      if (!MAY_BE_ZERO.has(name)) expect({ name, highest: Math.max(...values) }).not.toEqual({ name, highest: 0 });
    });
    counts.queries += 1;
  });

  it('has counted its panels', () => {
    counts.panels += dashboard.panels.filter(({ type }) => type !== 'row').length;
  });
});

describe('alerting', () => {
  it('evaluates every rule without a fault', async () => {
    expect((await observed.rules()).filter((rule) => !/ ok\b/.test(rule))).toEqual([]);
  });

  it('has a fault for each alert, or a reason why there is none', () => {
    const named = [...PROVOCATIONS.flatMap(({ alerts }) => alerts), ...NOT_PROVOKED.keys()];
    expect(named.toSorted()).toEqual(ALERTS.map(({ name }) => name).toSorted());
  });

  it.each(PROVOCATIONS)('$alerts: $what', async ({ alerts, provoke, mend }) => {
    const scene: Scene = { observed, redis, account: ACCOUNT, traffic };
    await provoke(scene);
    for (const alert of alerts) {
      await observed.untilAlert(alert, 'firing');
      counts.provoked += 1;
    }
    await mend?.(scene);
  });
});
