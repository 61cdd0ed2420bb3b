/**
 * The lifecycle of a long-running command: its connections, its start and its orderly stop.
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

/** Connections of long-running commands log when Redis goes down and when it is back. */
export function openLongConnection({ settings, log }: Runtime, mode: OutageMode, name: string): RedisConnection {
  const connection = connectRedis(redisUrlOf(settings), mode, name);
  const trouble = new RedisTrouble({ log, labels: { reason: name }, events: AWAY });
  connection.on('error', (err: unknown) => trouble.noteFailure(CONNECTION_STEP, err));
  connection.on('ready', () => trouble.noteSuccess(CONNECTION_STEP));
  return connection;
}

export interface Service {
  /** The settings that an address error names. Absent if the service does not listen. */
  readonly listens?: ListenSettings;
  readonly start: () => Promise<string | undefined>;
  readonly stop: () => Promise<void>;
  /** Rejects if the service finds out later that it must not run. */
  readonly failed?: Promise<never>;
}

/**
 * Starts the services in order, prints their addresses, and stops them in reverse at SIGTERM or SIGINT, also during the
 * start.
 *
 * A second signal ends the process at once. Another worker takes over its jobs.
 *
 * @throws ListenError if a service cannot use its address
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
  // BullMQ or an aborted start may still wait for Redis. That must not keep the process alive.
  process.exit(0);
}

async function start(service: Service): Promise<{ readonly address: string | undefined }> {
  try {
    return { address: await service.start() };
  } catch (error) {
    throw (service.listens && listenErrorOf(error, service.listens)) ?? error;
  }
}

/** If a service fails to stop, the process must still end: its connections would go on retrying. */
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
