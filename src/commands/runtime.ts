/**
 * What the commands share: settings at start, exit codes, and the life of a long-running command.
 *
 * Exit codes: 0 done, 1 failed, 2 bad usage or settings.
 */
import { once } from 'node:events';
import { loadRegions } from '../accounts.js';
import { type Environment, loadSettings, readEnvironment, type Settings, SettingsError } from '../config.js';
import { HealthServer } from '../health.js';
import { createLogger, describeError, type Logger } from '../log.js';
import type { MappingContext } from '../mapping/context.js';
import { Metrics } from '../metrics.js';
import { UnusableFileError } from '../producer/unusable-file.js';
import { collectAccountState } from '../queue-state.js';
import { connectRedis, type RedisConnection } from '../redis.js';

/** A fault of usage that commander cannot see: exit code 2. */
export class UsageError extends Error {
  readonly code = 'USAGE';
}

export interface Runtime {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly log: Logger;
}

export function openRuntime(command: string): Runtime {
  const environment = readEnvironment();
  const settings = loadSettings(environment);
  return { settings, environment, log: createLogger(settings, command) };
}

/** Runs a command's action and turns what it throws into a message and an exit code. */
export async function runAction(action: () => Promise<number | void>): Promise<void> {
  try {
    process.exitCode = (await action()) ?? 0;
  } catch (error) {
    const isUsage = error instanceof SettingsError || error instanceof UsageError || error instanceof UnusableFileError;
    process.stderr.write(`capi-forwarder: ${isUsage ? error.message : failureText(error)}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

export function failureText(error: unknown): string {
  const { code } = describeError(error);
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'MAX_RETRIES') {
    return 'Redis cannot be reached: check REDIS_URL and that the server runs';
  }
  if (error instanceof Error && error.name === 'MaxRetriesPerRequestError') {
    return 'Redis cannot be reached: check REDIS_URL and that the server runs';
  }
  if (code === 'EADDRINUSE') return 'the port is in use: another program listens there, choose another port';
  return error instanceof Error ? error.message : 'failed';
}

/** A connection for a command that ends: an outage is an error, not a wait. */
export function openConnection(settings: Settings, name: string): RedisConnection {
  const connection = connectRedis(settings.REDIS_URL, 'prompt', name);
  connection.on('error', () => undefined);
  return connection;
}

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

/** How payloads are mapped for an account, as the settings say. */
export function mappingContexts(settings: Settings): (account: string, nowMs: number) => MappingContext {
  const regions = loadRegions(settings);
  return (account, nowMs) => ({
    nowMs,
    matchKeyRules: settings.MATCH_KEY_RULES,
    maxEventAgeHours: settings.MAX_EVENT_AGE_HOURS,
    defaultCountry: settings.DEFAULT_COUNTRY,
    isConsentRequired: regions.get(account) === 'EU',
  });
}

export interface Service {
  readonly start: () => Promise<string | undefined>;
  readonly stop: () => Promise<void>;
}

/** The metrics port beside a service: started with it, stopped after it. */
export function openHealth(runtime: Runtime, accounts: readonly string[]): { metrics: Metrics; service: Service } {
  const { settings } = runtime;
  const metrics = new Metrics(accounts);
  const connection = openLongConnection(runtime, 'prompt', 'capi-metrics');
  const health = new HealthServer({
    host: settings.METRICS_HOST,
    port: settings.METRICS_PORT,
    metrics,
    connection,
    collect: async () => {
      await Promise.all(accounts.map((account) => collectAccountState(account, connection, metrics)));
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
    process.stdout.write(`${name} ready\n`);
    await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
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
