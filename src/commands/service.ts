/**
 * The life of a long-running command: its connections, its metrics port, its start and its stop in good order.
 */

import { type HealthParts, HealthServer } from '../http/health.js';
import { collectAccountStates, collectRedisLoad } from '../queue/account-state.js';
import { LedgerWatch } from '../queue/ledger-watch.js';
import { collectPresence } from '../queue/worker-presence.js';
import { probeWrites } from '../queue/write-probe.js';
import { collectReconciles } from '../reconcile/collect-reconciles.js';
import { RedisClock } from '../redis/clock.js';
import { connectRedis, type OutageMode, type RedisConnection } from '../redis/connect.js';
import { CONNECTION_STEP, RedisTrouble } from '../redis/trouble.js';
import { redisUrlOf } from '../redis/url.js';
import { maxEventAgeHoursOf } from '../settings/by-wire.js';
import type { Logger } from '../telemetry/log.js';
import { Metrics, type MetricsRole } from '../telemetry/metrics.js';
import { onceIn } from '../telemetry/once-in.js';
import { type ListenSettings, listenErrorOf, listenOnFreePort } from './listening.js';
import { print } from './output.js';
import type { AccountNames, Runtime } from './runtime.js';
import { untilSignalled } from './signals.js';
import { assertFit, untilUnfit } from './unfit-redis.js';

/** Where the first process of a machine has its metrics port unless one is set. */
const METRICS_PORT_FIRST = 9464;

const AWAY = { began: 'redis.away', over: 'redis.back' };

/** Redis is read for metrics once in this time, however many scrape. */
const COLLECT_EVERY_MS = 5_000;

/** Connections of long-running commands say in the log when Redis goes and when it is back. */
export function openLongConnection({ settings, log }: Runtime, mode: OutageMode, name: string): RedisConnection {
  const connection = connectRedis(redisUrlOf(settings), mode, name);
  const trouble = new RedisTrouble({ log, labels: { reason: name }, events: AWAY });
  connection.on('error', (err: unknown) => trouble.noteFailure(CONNECTION_STEP, err));
  connection.on('ready', () => trouble.noteSuccess(CONNECTION_STEP));
  return connection;
}

export interface Service {
  /** What a fault of its address is told by; none where it listens nowhere. */
  readonly listens?: ListenSettings;
  readonly start: () => Promise<string | undefined>;
  readonly stop: () => Promise<void>;
  /** Rejects where the service finds out later that it must not run. */
  readonly failed?: Promise<never>;
}

export interface Health {
  readonly metrics: Metrics;
  readonly clock: RedisClock;
  /** A watch an account. */
  readonly ledgerWatchOf: (account: string) => LedgerWatch;
  readonly service: Service;
}

interface HealthOptions {
  readonly role: MetricsRole;
  readonly isClockNeeded?: boolean;
  /** Whether a process for which Redis is full is of no use. */
  readonly bringsIn?: boolean;
  readonly unfitBecause?: HealthParts['unfitBecause'];
  readonly secrets?: HealthParts['secrets'];
}

/** The metrics port and the clock beside a service: started with it, stopped after it. */
export function openHealth(
  runtime: Runtime,
  accounts: AccountNames,
  { role, isClockNeeded = false, bringsIn = false, unfitBecause, secrets }: HealthOptions,
): Health {
  const { settings, log } = runtime;
  const metrics = new Metrics(accounts.value, role);
  const showMaxEventAges = () => {
    for (const account of accounts.value) {
      metrics.maxEventAge.set({ account }, maxEventAgeHoursOf(settings, accounts.wireOf(account)) * 3600);
    }
  };
  showMaxEventAges();
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
    showMaxEventAges();
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
  const stop = async () => {
    await health.stop();
    await clock.stop();
    connection.disconnect();
  };
  const { METRICS_HOST: host, METRICS_PORT: port, INTAKE_PORT, CONSOLE_PORT } = settings;
  const service: Service = {
    listens: { host: ['METRICS_HOST', host], port: ['METRICS_PORT', port] },
    // Several processes on a machine each get a port of their own; the intake's and the console's are left to them.
    start: async () => {
      await assertFit(connection);
      const address =
        port === undefined
          ? await listenOnFreePort(METRICS_PORT_FIRST, [INTAKE_PORT, CONSOLE_PORT], (free) => health.start(free))
          : await health.start();
      clock.start();
      // So that the first scrape need not wait for a first reading. A Redis that is away is told by the connection.
      collect().catch(() => undefined);
      return address;
    },
    stop,
    failed: untilUnfit(connection),
  };
  return { metrics, clock, ledgerWatchOf, service };
}

/**
 * Starts the services in order, prints their addresses, and stops them in reverse at SIGTERM or SIGINT, also while they are
 * being started.
 *
 * A second signal ends the process at once; what it held is taken up by another worker.
 *
 * @throws ListenError where a service cannot have its address
 */
export async function serve(
  name: string,
  services: Readonly<Record<string, Service>>,
  log: Logger,
  announce: (line: string) => void = print,
): Promise<void> {
  const begun: Service[] = [];
  const ended = Promise.race([untilSignalled(), ...Object.values(services).flatMap(({ failed }) => failed ?? [])]);
  let isReady = false;
  try {
    for (const [part, service] of Object.entries(services)) {
      begun.unshift(service);
      const outcome = await Promise.race([start(service), ended.then(() => 'stopped' as const)]);
      if (outcome === 'stopped') break;
      const { address } = outcome;
      if (address !== undefined) announce(`${part} listening on ${address}`);
      log.info('service.started', { reason: part, ...(address !== undefined && { address }) });
      isReady = begun.length === Object.keys(services).length;
    }
    if (isReady) announce(`${name} ready`);
    await ended;
    log.info('service.stopping');
  } finally {
    await stopAll(begun, log);
  }
  log.info('service.stopped');
  // What waits for a Redis that is away, in BullMQ or in a start that was cut short, must not keep the process.
  process.exit(0);
}

async function start(service: Service): Promise<{ readonly address: string | undefined }> {
  try {
    return { address: await service.start() };
  } catch (error) {
    throw (service.listens && listenErrorOf(error, service.listens)) ?? error;
  }
}

/** A service that cannot be stopped in good order must not keep the process: its connections would go on trying. */
async function stopAll(services: readonly Service[], log: Logger): Promise<void> {
  let isClean = true;
  for (const service of services) {
    await service.stop().catch((err: unknown) => {
      isClean = false;
      log.error('service.not_stopped', { err });
    });
  }
  if (!isClean) process.exit(1);
}
