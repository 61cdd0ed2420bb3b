/**
 * What the commands share: settings at start, exit codes, and how payloads are mapped.
 *
 * Exit codes: 0 done, 1 failed, 2 wrong usage or settings.
 */

import type { DedupeIdFields, MappingContext } from '../mapping/context.js';
import { UnusableFileError } from '../producer/files/unusable-file.js';
import { connectRedis, type RedisConnection } from '../redis/connect.js';
import { reachRedis } from '../redis/reach.js';
import { redisUrlOf } from '../redis/url.js';
import type { WireName } from '../settings/account-entry.js';
import { type AccountPlace, loadPlaces } from '../settings/accounts.js';
import { matchKeyRulesOf, maxEventAgeHoursOf } from '../settings/by-wire.js';
import { type Environment, faultsOfAll, readEnvironment, readSettings, SettingsError } from '../settings/config.js';
import { SecretTextError } from '../settings/secret-list.js';
import { type Settings } from '../settings/settings-schema.js';
import { hideSecrets } from '../settings/shown-settings.js';
import { WatchedSecret, type WatchedSecretOptions } from '../settings/watched-secret.js';
import { createLogger, type Logger } from '../telemetry/log.js';
import { failureText } from './failure-text.js';
import { ListenError } from './listening.js';
import { OutputClosedError, say } from './output.js';

/** A usage error that commander cannot detect: exit code 2. */
export class UsageError extends Error {
  readonly code = 'USAGE';
}

export interface Runtime {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly log: Logger;
}

/**
 * @param reads other settings that the command reads; their faults are reported together with the rest
 * @param options `isService`: whether it runs until it is stopped
 * @throws SettingsError naming all faults
 */
export function openRuntime(
  command: string,
  reads: readonly ((runtime: Runtime) => unknown)[] = [],
  { isService = false }: { readonly isService?: boolean } = {},
): Runtime {
  const environment = readEnvironment();
  const { settings, faults, faulty } = readSettings(environment);
  // A command that ends prints its own text for a person. Log lines would mix with its bars and tables.
  const level = isService || !process.stderr.isTTY ? settings.LOG_LEVEL : 'silent';
  const runtime = { settings: hideSecrets(settings), environment, log: createLogger(level, command) };
  // The wire decides which settings go together. If it is not known, the rest must wait.
  const more = faulty.has('AMAZON_ADS_WIRE') ? [] : faultsOfAll(reads.map((read) => () => read(runtime)));
  // A faulty setting must not be reported as missing too.
  const told = more.filter((fault) => ![...faulty].some((name) => fault.includes(name)));
  if (faults.length + told.length > 0) throw new SettingsError([...faults, ...told]);
  return runtime;
}

/**
 * Runs a command's action and turns errors into a message and an exit code.
 *
 * A failed command exits here explicitly: connections of services that never started would keep the process alive.
 */
export async function runAction(action: () => Promise<number | void>): Promise<void> {
  try {
    process.exitCode = (await action()) ?? 0;
  } catch (error) {
    // The reader of the output has stopped, as `head` does: not an error.
    if (error instanceof OutputClosedError) process.exit(0);
    const isUsage = USAGE_ERRORS.some((Kind) => error instanceof Kind);
    say(`capi-forwarder: ${isUsage && error instanceof Error ? error.message : failureText(error)}`);
    process.exit(isUsage ? 2 : 1);
  }
}

/** Errors that the reader corrects in the command or the settings: exit code 2. */
const USAGE_ERRORS = [SettingsError, UsageError, UnusableFileError, ListenError];

/**
 * A secret setting, or its file, which may change while the program runs.
 *
 * @throws SettingsError if it cannot be used
 */
export function watchSecret<T>(
  { settings, environment, log }: Runtime,
  setting: WatchedSetting,
  { read, unset }: Pick<WatchedSecretOptions<T>, 'read' | 'unset'>,
): WatchedSecret<T> {
  const file = environment[`${setting}_FILE`];
  return new WatchedSecret({ setting, text: settings[setting], file, read, unset, log });
}

type WatchedSetting = 'INTAKE_API_KEYS' | 'CONSOLE_TOKEN' | `${'SHOPIFY' | 'WOOCOMMERCE' | 'STRIPE'}_WEBHOOK_SECRET`;

/**
 * The accounts while the program runs. ACCOUNTS_FILE is read again when it changes; while it is invalid, the last valid
 * content is used.
 *
 * @throws SettingsError if they cannot be used at the start
 */
export function watchAccounts<T>({ settings, log }: Runtime, load: () => T): WatchedSecret<T> {
  const atStart = load();
  const read = () => {
    try {
      return load();
    } catch (error) {
      throw error instanceof SettingsError ? new SecretTextError(error.faults) : error;
    }
  };
  return new WatchedSecret({
    setting: 'ACCOUNTS',
    text: undefined,
    file: settings.ACCOUNTS_FILE,
    read,
    unset: atStart,
    log,
  });
}

/** The current accounts, by name. */
export interface AccountNames {
  readonly value: readonly string[];
  /** False while the accounts file is missing or invalid. */
  readonly isUsable?: boolean;
  readonly wireOf: (account: string) => WireName;
}

/** @param placesIn reads the accounts from the watched value */
export function namesOf<T>(
  { settings }: Runtime,
  watched: WatchedSecret<T>,
  placesIn: (value: T) => ReadonlyMap<string, { readonly wire: WireName }>,
): AccountNames {
  return {
    get value() {
      return [...placesIn(watched.value).keys()];
    },
    get isUsable() {
      return watched.isUsable;
    },
    wireOf: (account) => placesIn(watched.value).get(account)?.wire ?? settings.AMAZON_ADS_WIRE,
  };
}

/**
 * A connection for a command that ends: an outage is an error, not a wait.
 *
 * @throws an error that says why Redis cannot be used
 */
export async function openConnection(settings: Settings, name: string): Promise<RedisConnection> {
  const connection = connectRedis(redisUrlOf(settings), 'prompt', name);
  try {
    await reachRedis(connection);
  } catch (error) {
    connection.disconnect();
    throw error;
  }
  return connection;
}

/** How payloads are mapped for an account, by the settings. */
export function mappingContexts(
  settings: Settings,
  places: { readonly value: ReadonlyMap<string, AccountPlace> } = { value: loadPlaces(settings) },
): (account: string, nowMs: number) => MappingContext {
  return (account, nowMs) => contextOf(settings, places.value.get(account), nowMs);
}

/** @param place undefined for an account that is not in the settings */
function contextOf(settings: Settings, place: AccountPlace | undefined, nowMs: number): MappingContext {
  const wire = place?.wire ?? settings.AMAZON_ADS_WIRE;
  return {
    nowMs,
    matchKeyRules: matchKeyRulesOf(settings, wire),
    maxEventAgeHours: maxEventAgeHoursOf(settings, wire),
    defaultCountry: settings.DEFAULT_COUNTRY,
    dedupeIds: dedupeIdsOf(settings),
    isConsentRequired: place?.isOfEu === true,
    isConsentRequiredByCountry: settings.CONSENT_REQUIRED_BY === 'account-or-country',
    isIpAddressKept: settings.KEEP_IP_ADDRESSES,
  };
}

/** The field of an order that is its deduplication id, by source. */
export function dedupeIdsOf(settings: Settings): DedupeIdFields {
  return {
    shopify: settings.DEDUPE_ID_SHOPIFY,
    woocommerce: settings.DEDUPE_ID_WOOCOMMERCE,
    stripe: settings.DEDUPE_ID_STRIPE,
    ga4: settings.DEDUPE_ID_GA4,
  };
}
