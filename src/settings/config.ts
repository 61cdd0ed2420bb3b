/**
 * Settings: the only reader of process.env. Their schema is in settings-schema.ts.
 *
 * Promises: all faults are reported at once, each with the setting's name. No value is clamped or guessed. Never: shows
 * a secret's value, in an error or otherwise.
 */

import { existsSync, readFileSync } from 'node:fs';
import { WORDED } from '../mapping/fault-words.js';
import { fileFault } from './file-fault.js';
import { misspeltFaults } from './misspelt.js';
import { isReadableOnTheWay, PLAIN_HTTP_FAULT } from './plain-http.js';
import { SECRET_SETTINGS, type Settings, settingsSchema } from './settings-schema.js';

export class SettingsError extends Error {
  readonly code = 'SETTINGS';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`settings are wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'SettingsError';
    this.faults = faults;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * process.env plus `.env` of the working directory. The process's own variables win.
 *
 * @throws SettingsError if `.env` exists and cannot be read
 */
export function readEnvironment(): Environment {
  try {
    // Docker creates a folder for a missing mount. For a folder Node gives no error.
    if (readEnvFile() !== undefined) process.loadEnvFile('.env');
  } catch (cause) {
    throw new SettingsError([`.env: ${fileFault(cause)}`]);
  }
  return process.env;
}

/** The text of `.env`, if it exists. */
export function readEnvFile(): string | undefined {
  return existsSync('.env') ? readFileSync('.env', 'utf8') : undefined;
}

/** @throws SettingsError naming every faulty setting */
export function loadSettings(environment: Environment): Settings {
  const { settings, faults } = readSettings(environment);
  if (faults.length > 0) throw new SettingsError(faults);
  return settings;
}

export interface ReadSettings {
  /** A faulty setting has its default, or none. */
  readonly settings: Settings;
  readonly faults: readonly string[];
  readonly faulty: ReadonlySet<string>;
}

export function readSettings(environment: Environment): ReadSettings {
  const faults = misspeltFaults(environment);
  const values: Record<string, string> = {};
  for (const name of Object.keys(settingsSchema.shape)) {
    const value = environment[name];
    if (value !== undefined && value !== '') values[name] = value;
  }
  for (const name of SECRET_SETTINGS) {
    const file = environment[`${name}_FILE`];
    if (!file) continue;
    try {
      const secret = readSecretFile(file);
      if (secret === '') faults.push(`${name}_FILE: ${file} is empty`);
      else values[name] = secret;
    } catch (cause) {
      faults.push(`${name}_FILE: ${file}: ${fileFault(cause)}`);
    }
  }
  const parsed = settingsSchema.safeParse(values, WORDED);
  const issues = parsed.success ? [] : parsed.error.issues;
  const faulty = new Set(issues.map((issue) => String(issue.path[0])));
  faults.push(...issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`));
  const sound = Object.entries(values).filter(([name]) => !faulty.has(name));
  const settings = parsed.success ? parsed.data : settingsSchema.parse(Object.fromEntries(sound));
  faults.push(...brokenRelations(settings, faulty));
  return { settings, faults, faulty };
}

/** Runs the readers of settings. @returns the faults of all, each once */
export function faultsOfAll(reads: readonly (() => unknown)[]): string[] {
  const faults = reads.flatMap((read) => {
    try {
      read();
      return [];
    } catch (error) {
      if (error instanceof SettingsError) return error.faults;
      throw error;
    }
  });
  return [...new Set(faults)];
}

interface Relation {
  readonly between: readonly (keyof Settings)[];
  readonly holds: (settings: Settings) => boolean;
  readonly fault: string;
}

/** The longest time for a Redis command of a process whose caller waits (intake, commands, metrics). */
export const REDIS_COMMAND_TIMEOUT_MS = 2_000;

/** What must hold between settings. */
const RELATIONS: readonly Relation[] = [
  encrypted('AMAZON_ADS_ENDPOINT'),
  encrypted('LWA_TOKEN_URL'),
  {
    between: ['REDIS_ACK_TIMEOUT_MS'],
    holds: (settings) => settings.REDIS_ACK_TIMEOUT_MS < REDIS_COMMAND_TIMEOUT_MS,
    fault: `REDIS_ACK_TIMEOUT_MS: must be below ${REDIS_COMMAND_TIMEOUT_MS}, after which a command of Redis is given up`,
  },
  {
    between: ['RETRY_MAX_DELAY_MS', 'RETRY_BASE_DELAY_MS'],
    holds: (settings) => settings.RETRY_MAX_DELAY_MS >= settings.RETRY_BASE_DELAY_MS,
    fault: 'RETRY_MAX_DELAY_MS: must not be below RETRY_BASE_DELAY_MS',
  },
  {
    between: ['SHUTDOWN_TIMEOUT_MS', 'REQUEST_TIMEOUT_MS'],
    holds: (settings) => settings.SHUTDOWN_TIMEOUT_MS >= settings.REQUEST_TIMEOUT_MS,
    fault: 'SHUTDOWN_TIMEOUT_MS: must not be below REQUEST_TIMEOUT_MS, or a stop cuts requests off',
  },
  {
    between: ['DEDUPE_WINDOW_HOURS', 'BATCH_LINGER_MS', 'REQUEST_TIMEOUT_MS'],
    holds: (settings) => (settings.DEDUPE_WINDOW_HOURS ?? 48) * 3_600_000 > claimLeaseMs(settings),
    fault: 'DEDUPE_WINDOW_HOURS: must be longer than a claim lasts (linger, token refresh and request together)',
  },
];

function encrypted(name: 'AMAZON_ADS_ENDPOINT' | 'LWA_TOKEN_URL'): Relation {
  return {
    between: [name, 'AMAZON_ADS_ALLOW_HTTP'],
    holds: ({ [name]: address, AMAZON_ADS_ALLOW_HTTP: isAllowed }) =>
      address === undefined || isAllowed || !isReadableOnTheWay(address),
    fault: `${name}: ${PLAIN_HTTP_FAULT}`,
  };
}

/** If a setting is faulty itself, its intended value is unknown, so its relations are not checked. */
function brokenRelations(settings: Settings, faulty: ReadonlySet<string>): string[] {
  return RELATIONS.filter(({ between, holds }) => !between.some((name) => faulty.has(name)) && !holds(settings)).map(
    ({ fault }) => fault,
  );
}

/** The longest time for a token refresh. The token client gives up then. */
export const TOKEN_TIMEOUT_MS = 10_000;
// Time for Redis and for a busy event loop between claim and settle.
const LEASE_MARGIN_MS = 5_000;

/**
 * How long a claim is valid without renewal. It must outlive everything that can happen between two calls of the claim
 * script: a linger, a token refresh, and a request with its one repetition after a 401.
 */
export function claimLeaseMs(settings: Pick<Settings, 'BATCH_LINGER_MS' | 'REQUEST_TIMEOUT_MS'>): number {
  return settings.BATCH_LINGER_MS + TOKEN_TIMEOUT_MS + 2 * settings.REQUEST_TIMEOUT_MS + LEASE_MARGIN_MS;
}

/** When an event counts as acknowledged. */
export interface Acknowledgement {
  /** The number of replicas that must have it. 0: the master alone. */
  readonly replicas: number;
  readonly timeoutMs: number;
}

/** With Sentinel or Cluster, a replica can become master by itself. Events that it does not have are lost then. */
export function acknowledgementOf(
  settings: Pick<Settings, 'REDIS_URL' | 'REDIS_ACK_REPLICAS' | 'REDIS_ACK_TIMEOUT_MS'>,
): Acknowledgement {
  const { REDIS_ACK_REPLICAS: wanted, REDIS_ACK_TIMEOUT_MS: timeoutMs } = settings;
  const isReplicated = /^rediss?\+(sentinel|cluster):/.test(settings.REDIS_URL);
  return { replicas: wanted === 'auto' ? Number(isReplicated) : wanted, timeoutMs };
}

export function readSecretFile(path: string): string {
  return readFileSync(path, 'utf8').trim();
}
