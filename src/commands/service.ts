/**
 * The life of a long-running command: its connections, its start and its stop in good order.
 */

import { connectRedis, type OutageMode, type RedisConnection } from '../redis/connect.js';
import { CONNECTION_STEP, RedisTrouble } from '../redis/trouble.js';
import { redisUrlOf } from '../redis/url.js';
import type { Logger } from '../telemetry/log.js';
import { type ListenSettings, listenErrorOf } from './listening.js';
import { print } from './output.js';
import type { Runtime } from './runtime.js';
import { untilSignalled } from './signals.js';

const AWAY = { began: 'redis.away', over: 'redis.back' };

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
