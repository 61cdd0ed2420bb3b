/**
 * Accounts: Amazon advertisers, each with its credentials, region, profile and its own queue.
 *
 * Either one account `default` from the settings, or several from ACCOUNTS_FILE. Secrets may be in files, which are
 * read at every use, so that a rotated secret needs no restart.
 */

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { WORDED } from '../mapping/fault-words.js';
import {
  type AccountEntry,
  accountNameSchema,
  accountSchema,
  entryFromSettings,
  secretsOf,
  type WireName,
} from './account-entry.js';
import { faultsOfEntry } from './account-rules.js';
import { type Environment, SettingsError } from './config.js';
import { type Credentials, consentReaderOf, digestOfTexts, isSet, readerOf, tokenReaderOf } from './credentials.js';
import { fileFault } from './file-fault.js';
import { didYouMean } from './near-name.js';
import { isReadableOnTheWay, PLAIN_HTTP_FAULT } from './plain-http.js';
import { type Settings } from './settings-schema.js';

type Region = 'NA' | 'EU' | 'FE';

export interface Account {
  /** The account's name in queues, metrics and commands. */
  readonly name: string;
  readonly region: Region;
  readonly wire: WireName;
  /** Base URL of the API, without a slash at the end. */
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly profileId?: string | undefined;
  readonly advertiserId?: string | undefined;
  readonly managerAccountId?: string | undefined;
  readonly dataSetId?: string | undefined;
  readonly dataSetName?: string | undefined;
  /** If undefined, the wire's default is used. */
  readonly contentType?: string | undefined;
  /** Changes with a secret in the entry itself. Secrets in files are read at every use. */
  readonly secretsDigest?: string;
}

const API_HOSTS: Record<Region, string> = {
  NA: 'https://advertising-api.amazon.com',
  EU: 'https://advertising-api-eu.amazon.com',
  FE: 'https://advertising-api-fe.amazon.com',
};

const TOKEN_URLS: Record<Region, string> = {
  NA: 'https://api.amazon.com/auth/o2/token',
  EU: 'https://api.amazon.co.uk/auth/o2/token',
  FE: 'https://api.amazon.co.jp/auth/o2/token',
};

/** Finds the names of entries, however faulty they are. */
const nameOnly = z.object({ accounts: z.array(z.object({ name: accountNameSchema.optional().catch(undefined) })) });
const accountsFileSchema = z.strictObject({ accounts: z.array(accountSchema).min(1) });

/** Names only, for commands that never talk to Amazon (intake, dead-letters, status). */
export function loadAccountNames(settings: Settings): string[] {
  return readEntries(settings, {}).map((entry) => entry.name);
}

/** What the mapping of an account's events depends on. */
export interface AccountPlace {
  readonly region: Region;
  readonly wire: WireName;
  /** Whether its requests go to the EU's host, by its region or by a set endpoint. */
  readonly isOfEu: boolean;
  readonly dataSetId?: string | undefined;
  readonly dataSetName?: string | undefined;
}

/** What the mapping of each account's events depends on, by name. */
export function loadPlaces(settings: Settings): Map<string, AccountPlace> {
  return new Map(readEntries(settings, {}).map((entry) => [entry.name, placeOf(entry, settings)] as const));
}

export function placeOf(entry: AccountEntry, settings: Settings): AccountPlace {
  const region = entry.region ?? settings.AMAZON_ADS_REGION;
  const { dataSetId, dataSetName } = entry;
  const endpoint = entry.endpoint ?? settings.AMAZON_ADS_ENDPOINT;
  const isEuHost = endpoint !== undefined && new URL(endpoint).origin === API_HOSTS.EU;
  const wire = entry.wire ?? settings.AMAZON_ADS_WIRE;
  return { region, wire, isOfEu: region === 'EU' || isEuHost, dataSetId, dataSetName };
}

/** @throws SettingsError naming everything that is missing or does not go together, in all accounts */
export function loadAccounts(settings: Settings, environment: Environment): Account[] {
  const faults: string[] = [];
  const accounts = readEntries(settings, environment).map((entry) => toAccount(entry, settings, faults));
  if (faults.length > 0) throw new SettingsError(faults);
  return accounts;
}

/** @throws SettingsError if ACCOUNTS_FILE cannot be read or has the wrong form */
export function readEntries(settings: Settings, environment: Environment): AccountEntry[] {
  const file = settings.ACCOUNTS_FILE;
  if (file === undefined) return [entryFromSettings(settings, environment)];
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'is not JSON' : fileFault(cause);
    throw new SettingsError([`ACCOUNTS_FILE: ${file}: ${why}`]);
  }
  const parsed = accountsFileSchema.safeParse(content, WORDED);
  if (!parsed.success) {
    throw new SettingsError(parsed.error.issues.map((issue) => `ACCOUNTS_FILE: ${faultOfIssue(issue, content)}`));
  }
  const names = parsed.data.accounts.map((entry) => entry.name);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length > 0) throw new SettingsError([`ACCOUNTS_FILE: ${repeated.join(', ')} is there twice`]);
  return parsed.data.accounts;
}

/** `entry 2 (shop-b): region must be NA, EU or FE` */
function faultOfIssue({ path, message, ...issue }: z.core.$ZodIssue, content: unknown): string {
  const known = Object.keys(path.length === 0 ? accountsFileSchema.shape : accountSchema.shape);
  const near = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => didYouMean(key, known)).join('') : '';
  const [list, index, ...field] = path;
  if (typeof index !== 'number') return `${path.length === 0 ? 'the file' : String(list)} ${message}${near}`;
  const named = nameOnly.safeParse(content).data?.accounts[index]?.name;
  const entry = `entry ${index + 1}${named === undefined ? '' : ` (${named})`}`;
  return `${entry}: ${field.length === 0 ? 'it' : field.join('.')} ${message}${near}`;
}

export function tokenUrlOf(entry: AccountEntry, settings: Settings): string {
  return entry.tokenUrl ?? settings.LWA_TOKEN_URL ?? TOKEN_URLS[placeOf(entry, settings).region];
}

function toAccount(entry: AccountEntry, settings: Settings, faults: string[]): Account {
  const { region, wire } = placeOf(entry, settings);
  const clientId = entry.clientId ?? settings.LWA_CLIENT_ID;
  faults.push(...faultsOfEntry(entry, wire, clientId).map((fault) => `account ${entry.name}: ${fault}`));
  for (const field of ['endpoint', 'tokenUrl'] as const) {
    const url = entry[field];
    if (url === undefined || settings.AMAZON_ADS_ALLOW_HTTP || !isReadableOnTheWay(url)) continue;
    faults.push(`account ${entry.name}: ${field} ${PLAIN_HTTP_FAULT}`);
  }
  const endpoint = entry.endpoint ?? settings.AMAZON_ADS_ENDPOINT ?? API_HOSTS[region];
  const secrets = secretsOf(entry);
  return {
    name: entry.name,
    region,
    wire,
    endpoint: endpoint.replace(/\/+$/, ''),
    credentials: isSet(secrets.apiToken)
      ? { kind: 'api_token', readToken: readerOf(secrets.apiToken) }
      : {
          kind: 'lwa',
          tokenUrl: tokenUrlOf(entry, settings),
          clientId: clientId ?? '',
          readClientSecret: readerOf(secrets.clientSecret),
          readRefreshToken: tokenReaderOf(secrets.refreshToken),
          readConsent: consentReaderOf(secrets.refreshToken, entry.consentDate),
        },
    profileId: entry.profileId,
    advertiserId: entry.advertiserId,
    managerAccountId: entry.managerAccountId,
    dataSetId: entry.dataSetId,
    dataSetName: entry.dataSetName,
    contentType: entry.contentType ?? (wire === 'ads-api-v1' ? settings.AMAZON_ADS_CONTENT_TYPE : undefined),
    secretsDigest: digestOfTexts(Object.values(secrets)),
  };
}
