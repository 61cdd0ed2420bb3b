/**
 * What the commands share: settings at start, exit codes, and how payloads are mapped.
 *
 * Exit codes: 0 done, 1 failed, 2 bad usage or settings.
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

/** A fault of usage that commander cannot see: exit code 2. */
export class UsageError extends Error {
  readonly code = 'USAGE';
}

export interface Runtime {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly log: Logger;
}

/**
 * @param reads what else the command reads of the settings: its faults are told together with the others
 * @param options `isService`: whether it runs until it is stopped
 * @throws SettingsError naming everything that is wrong
 */
export function openRuntime(
  command: string,
  reads: readonly ((runtime: Runtime) => unknown)[] = [],
  { isService = false }: { readonly isService?: boolean } = {},
): Runtime {
  const environment = readEnvironment();
  const { settings, faults, faulty } = readSettings(environment);
  // A command that ends has words of its own for a person: log lines would run into its bars and tables.
  const level = isService || !process.stderr.isTTY ? settings.LOG_LEVEL : 'silent';
  const runtime = { settings: hideSecrets(settings), environment, log: createLogger(level, command) };
  // What goes together is decided by the wire: where that is not known, the rest must wait.
  const more = faulty.has('AMAZON_ADS_WIRE') ? [] : faultsOfAll(reads.map((read) => () => read(runtime)));
  // A setting that is wrong must not be called missing too.
  const told = more.filter((fault) => ![...faulty].some((name) => fault.includes(name)));
  if (faults.length + told.length > 0) throw new SettingsError([...faults, ...told]);
  return runtime;
}

/**
 * Runs a command's action and turns what it throws into a message and an exit code.
 *
 * A command that fails ends here and now: connections of services that never started would keep the process alive,
 * doing nothing.
 */
export async function runAction(action: () => Promise<number | void>): Promise<void> {
  try {
    process.exitCode = (await action()) ?? 0;
  } catch (error) {
    // Who reads the output has seen enough, as `head` has: no fault.
    if (error instanceof OutputClosedError) process.exit(0);
    const isUsage = USAGE_ERRORS.some((Kind) => error instanceof Kind);
    say(`capi-forwarder: ${isUsage && error instanceof Error ? error.message : failureText(error)}`);
    process.exit(isUsage ? 2 : 1);
  }
}

/** Faults that the reader mends in the command or the settings: exit code 2. */
const USAGE_ERRORS = [SettingsError, UsageError, UnusableFileError, ListenError];

/**
 * A secret setting, or its file, which may change while the program runs.
 *
 * @throws SettingsError where it cannot be used
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
 * The accounts while the program runs: ACCOUNTS_FILE is read again when it changes, and a broken one keeps what was read last.
 *
 * @throws SettingsError where they cannot be used at the start
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

/** The accounts of this moment, by name. */
export interface AccountNames {
  readonly value: readonly string[];
  /** False while the file that names them is gone or wrong. */
  readonly isUsable?: boolean;
  readonly wireOf: (account: string) => WireName;
}

/** @param placesIn what is watched, by account */
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
 * @throws why Redis cannot be used
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

/** How payloads are mapped for an account, as the settings say. */
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

/** Which field of an order is its deduplication id, by source. */
export function dedupeIdsOf(settings: Settings): DedupeIdFields {
  return {
    shopify: settings.DEDUPE_ID_SHOPIFY,
    woocommerce: settings.DEDUPE_ID_WOOCOMMERCE,
    stripe: settings.DEDUPE_ID_STRIPE,
    ga4: settings.DEDUPE_ID_GA4,
  };
}
