/**
 * The life of a long-running command: its connections, its metrics port, its start and its stop in good order.
 */
import { once } from 'node:events';
import { HealthServer } from '../health.js';
import { LedgerWatch } from '../ledger-watch.js';
import type { Logger } from '../log.js';
import { Metrics } from '../metrics.js';
import { collectAccountState, collectRedisLoad } from '../queue-state.js';
import { connectRedis, type OutageMode, type RedisConnection } from '../redis.js';
import { RedisClock } from '../redis-clock.js';
import { CONNECTION_STEP, RedisTrouble } from '../redis-trouble.js';
import { redisUrlOf } from '../redis-url.js';
import { type ListenSettings, listenErrorOf, listenOnFreePort } from './listening.js';
import { print } from './output.js';
import type { Runtime } from './runtime.js';

/** Where the first process of a machine has its metrics port unless one is set. */
const METRICS_PORT_FIRST = 9464;

/** Connections of long-running commands say in the log when Redis goes and when it is back. */
export function openLongConnection({ settings, log }: Runtime, mode: OutageMode, name: string): RedisConnection {
  const connection = connectRedis(redisUrlOf(settings), mode, name);
  const trouble = new RedisTrouble(log, { reason: name }, { began: 'redis.away', over: 'redis.back' });
  connection.on('error', (err: unknown) => trouble.noteFailure(CONNECTION_STEP, err));
  connection.on('ready', () => trouble.noteSuccess(CONNECTION_STEP));
  return connection;
}

export interface Service {
  /** What a fault of its address is told by; none where it listens nowhere. */
  readonly listens?: ListenSettings;
  readonly start: () => Promise<string | undefined>;
  readonly stop: () => Promise<void>;
}

export interface Health {
  readonly metrics: Metrics;
  readonly clock: RedisClock;
  /** A watch an account. */
  readonly ledgerWatches: ReadonlyMap<string, LedgerWatch>;
  readonly service: Service;
}

/** The metrics port and the clock beside a service: started with it, stopped after it. */
export function openHealth(
  runtime: Runtime,
  accounts: readonly string[],
  { isClockNeeded = false }: { readonly isClockNeeded?: boolean } = {},
): Health {
  const { settings, log } = runtime;
  const metrics = new Metrics(accounts);
  metrics.maxEventAge.set(settings.MAX_EVENT_AGE_HOURS * 3600);
  const connection = openLongConnection(runtime, 'prompt', 'capi-metrics');
  const clock = new RedisClock({ connection, log });
  const ledgerWatches = new Map(
    accounts.map((account) => [account, new LedgerWatch({ account, connection, metrics, log })] as const),
  );
  const health = new HealthServer({
    host: settings.METRICS_HOST,
    port: settings.METRICS_PORT ?? METRICS_PORT_FIRST,
    metrics,
    connection,
    clock,
    isClockNeeded,
    allowedHosts: settings.ALLOWED_HOSTS ?? [],
    collect: async () => {
      await Promise.all([
        collectRedisLoad(connection, metrics),
        ...[...ledgerWatches].map(([account, watch]) => collectAccountState({ account, connection, metrics, watch })),
      ]);
    },
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
      const address =
        port === undefined
          ? await listenOnFreePort(METRICS_PORT_FIRST, [INTAKE_PORT, CONSOLE_PORT], (free) => health.start(free))
          : await health.start();
      clock.start();
      return address;
    },
    stop,
  };
  return { metrics, clock, ledgerWatches, service };
}

/**
 * Starts the services in order, prints their addresses, and stops them in reverse at SIGTERM or SIGINT.
 *
 * A second signal ends the process at once; what it held is taken up by another worker.
 *
 * @throws ListenError where a service cannot have its address
 */
export async function serve(name: string, services: Readonly<Record<string, Service>>, log: Logger): Promise<void> {
  const started: Service[] = [];
  try {
    for (const [part, service] of Object.entries(services)) {
      const address = await service.start().catch((error: unknown) => {
        throw (service.listens && listenErrorOf(error, service.listens)) ?? error;
      });
      started.unshift(service);
      if (address !== undefined) print(`${part} listening on ${address}`);
      log.info('service.started', { reason: part, ...(address !== undefined && { address }) });
    }
    // Listened for before it is said: who reads `ready` may send a signal in the same moment.
    const signalled = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
    print(`${name} ready`);
    await signalled;
    log.info('service.stopping');
    process.once('SIGTERM', () => process.exit(1));
    process.once('SIGINT', () => process.exit(1));
  } finally {
    await stopAll(started, log);
  }
  log.info('service.stopped');
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
