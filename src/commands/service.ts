/**
 * The life of a long-running command: its connections, its metrics port, its start and its stop in good order.
 */
import { once } from 'node:events';
import { HealthServer } from '../health.js';
import type { Logger } from '../log.js';
import { Metrics } from '../metrics.js';
import { collectAccountState, collectRedisLoad } from '../queue-state.js';
import { connectRedis, type RedisConnection } from '../redis.js';
import type { Runtime } from './runtime.js';

/** Connections of long-running commands say in the log when Redis goes and when it is back. */
export function openLongConnection(
  { settings, log }: Runtime,
  temperament: 'patient' | 'prompt',
  name: string,
): RedisConnection {
  const connection = connectRedis(settings.REDIS_URL, temperament, name);
  let isAway = false;
  connection.on('error', (err: unknown) => {
    if (!isAway) log.error('redis.away', { reason: name, err });
    isAway = true;
  });
  connection.on('ready', () => {
    if (isAway) log.info('redis.back', { reason: name });
    isAway = false;
  });
  return connection;
}

export interface Service {
  readonly start: () => Promise<string | undefined>;
  readonly stop: () => Promise<void>;
}

/** The metrics port beside a service: started with it, stopped after it. */
export function openHealth(runtime: Runtime, accounts: readonly string[]): { metrics: Metrics; service: Service } {
  const { settings } = runtime;
  const metrics = new Metrics(accounts);
  metrics.maxEventAge.set(settings.MAX_EVENT_AGE_HOURS * 3600);
  const connection = openLongConnection(runtime, 'prompt', 'capi-metrics');
  const health = new HealthServer({
    host: settings.METRICS_HOST,
    port: settings.METRICS_PORT,
    metrics,
    connection,
    collect: async () => {
      await Promise.all([
        collectRedisLoad(connection, metrics),
        ...accounts.map((account) => collectAccountState(account, connection, metrics)),
      ]);
    },
  });
  const stop = async () => {
    await health.stop();
    connection.disconnect();
  };
  return { metrics, service: { start: () => health.start(), stop } };
}

/**
 * Starts the services in order, prints their addresses, and stops them in reverse at SIGTERM or SIGINT.
 *
 * A second signal ends the process at once; what it held is taken up by another worker.
 */
export async function serve(name: string, services: Readonly<Record<string, Service>>, log: Logger): Promise<void> {
  const started: Service[] = [];
  try {
    for (const [part, service] of Object.entries(services)) {
      const address = await service.start();
      started.unshift(service);
      if (address !== undefined) process.stdout.write(`${part} listening on ${address}\n`);
      log.info('service.started', { reason: part, ...(address !== undefined && { address }) });
    }
    // Listened for before it is said: who reads `ready` may send a signal in the same moment.
    const signalled = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
    process.stdout.write(`${name} ready\n`);
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
