/**
 * What runs beside each long-running command: its metrics port, the clock of Redis, and the collectors of its metrics.
 */
import { HealthServer, type HealthServerOptions } from '../http/health.js';
import { collectAccountStates, collectRedisLoad } from '../queue/account-state.js';
import { LedgerWatch } from '../queue/ledger-watch.js';
import { collectPresence } from '../queue/worker-presence.js';
import { probeWrites } from '../queue/write-probe.js';
import { collectReconciles } from '../reconcile/collect-reconciles.js';
import { RedisClock } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { maxEventAgeHoursOf } from '../settings/by-wire.js';
import { Metrics, type MetricsRole } from '../telemetry/metrics.js';
import { onceIn } from '../telemetry/once-in.js';
import { listenOnFreePort } from './listening.js';
import type { AccountNames, Runtime } from './runtime.js';
import { openLongConnection, type Service } from './service.js';
import { assertFit, untilUnfit } from './unfit-redis.js';

/** The metrics port of the first process on a machine, unless one is set. */
const METRICS_PORT_FIRST = 9464;

/** Redis is read for metrics once in this time, however many clients scrape. */
const COLLECT_EVERY_MS = 5_000;

export interface Health {
  readonly metrics: Metrics;
  readonly clock: RedisClock;
  /** One watch per account. */
  readonly ledgerWatchOf: (account: string) => LedgerWatch;
  readonly service: Service;
}

interface HealthOptions {
  readonly role: MetricsRole;
  readonly isClockNeeded?: boolean;
  /** True if the process is not ready while Redis is full. */
  readonly bringsIn?: boolean;
  readonly unfitBecause?: HealthServerOptions['unfitBecause'];
  readonly secrets?: HealthServerOptions['secrets'];
}

/** The metrics port and the clock of a service: started with it, stopped after it. */
export function openHealth(
  runtime: Runtime,
  accounts: AccountNames,
  { role, isClockNeeded = false, bringsIn = false, unfitBecause, secrets }: HealthOptions,
): Health {
  const { settings, log } = runtime;
  const metrics = new Metrics(accounts.value, role);
  showMaxEventAges(runtime, accounts, metrics);
  const connection = openLongConnection(runtime, 'prompt', 'capi-metrics');
  const clock = new RedisClock({ connection, log });
  const watches = new Map<string, LedgerWatch>();
  const ledgerWatchOf = (account: string) => {
    const watch = watches.get(account) ?? new LedgerWatch({ account, connection, metrics, log });
    watches.set(account, watch);
    return watch;
  };
  const collect = onceIn(COLLECT_EVERY_MS, async () => {
    metrics.accountsFileUsable.set(accounts.isUsable === false ? 0 : 1);
    showMaxEventAges(runtime, accounts, metrics);
    const served = new Map(accounts.value.map((account) => [account, ledgerWatchOf(account)] as const));
    await Promise.all([
      collectRedisLoad(connection, metrics),
      collectPresence({ accounts: accounts.value, connection, metrics }),
      collectAccountStates({ watches: served, connection, metrics }),
      collectReconciles({ accounts: accounts.value, connection, metrics }),
    ]);
  });
  const health = new HealthServer({
    host: settings.METRICS_HOST,
    port: settings.METRICS_PORT ?? METRICS_PORT_FIRST,
    metrics,
    connection,
    clock,
    isClockNeeded,
    secrets,
    allowedHosts: settings.ALLOWED_HOSTS ?? [],
    probeWrites: () => probeWrites(connection, accounts.value, bringsIn),
    unfitBecause,
    collect,
  });
  const service = metricsService(runtime, { health, clock, connection, collect });
  return { metrics, clock, ledgerWatchOf, service };
}

function showMaxEventAges({ settings }: Runtime, accounts: AccountNames, metrics: Metrics): void {
  for (const account of accounts.value) {
    metrics.maxEventAge.set({ account }, maxEventAgeHoursOf(settings, accounts.wireOf(account)) * 3600);
  }
}

interface MetricsServiceOptions {
  readonly health: HealthServer;
  readonly clock: RedisClock;
  readonly connection: RedisConnection;
  readonly collect: () => Promise<void>;
}

/**
 * Several processes on a machine each get their own metrics port. The ports of the intake and the console are left
 * free.
 */
function metricsService({ settings }: Runtime, { health, clock, connection, collect }: MetricsServiceOptions): Service {
  const { METRICS_HOST: host, METRICS_PORT: port, INTAKE_PORT, CONSOLE_PORT } = settings;
  return {
    listens: { host: ['METRICS_HOST', host], port: ['METRICS_PORT', port] },
    start: async () => {
      await assertFit(connection);
      const address =
        port === undefined
          ? await listenOnFreePort(METRICS_PORT_FIRST, [INTAKE_PORT, CONSOLE_PORT], (free) => health.start(free))
          : await health.start();
      clock.start();
      // So that the first scrape need not wait for the first reading. The connection reports an outage of Redis.
      collect().catch(() => undefined);
      return address;
    },
    stop: async () => {
      await health.stop();
      await clock.stop();
      connection.disconnect();
    },
    failed: untilUnfit(connection),
  };
}
