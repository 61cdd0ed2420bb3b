/**
 * What the commands share: settings at start, exit codes, and how payloads are mapped.
 *
 * Exit codes: 0 done, 1 failed, 2 bad usage or settings.
 */
import { loadRegions } from '../accounts.js';
import { type Environment, loadSettings, readEnvironment, type Settings, SettingsError } from '../config.js';
import { describeError } from '../describe-error.js';
import { createLogger, type Logger } from '../log.js';
import type { MappingContext } from '../mapping/context.js';
import { UnusableFileError } from '../producer/unusable-file.js';
import { connectRedis, type RedisConnection } from '../redis.js';
import { hideSecrets } from '../shown-settings.js';

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
  const settings = hideSecrets(loadSettings(environment));
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
