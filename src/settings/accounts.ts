/**
 * Accounts: Amazon advertisers, each with its credentials, region, profile and a queue of its own.
 *
 * Either one account `default` from the settings, or several from ACCOUNTS_FILE.
 * Secrets may lie in files; those are read at every use, so a rotated secret needs no restart.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  codeOf,
  type Environment,
  readSecretFile,
  type Settings,
  SettingsError,
  WEBHOOK_URL_PARAMETERS,
} from './config.js';
import { isReadableOnTheWay, PLAIN_HTTP_FAULT } from './plain-http.js';
import { shopEntryFields } from './shop-fields.js';

export const WIRES = ['events-manager-v1', 'ads-api-v1'] as const;
export type WireName = (typeof WIRES)[number];
type Region = 'NA' | 'EU' | 'FE';

export interface Account {
  /** The account's name in queues, metrics and commands. */
  readonly name: string;
  readonly region: Region;
  readonly wire: WireName;
  /** Base URL of the API, without a slash at the end. */
  readonly endpoint: string;
  readonly tokenUrl: string;
  readonly profileId?: string | undefined;
  readonly advertiserId?: string | undefined;
  readonly clientId: string;
  /** Changes with a secret that stands in the entry itself; those in files are read at every use. */
  readonly secretsDigest?: string;
  readonly readClientSecret: () => string;
  readonly readRefreshToken: () => string;
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

/** Account names become part of Redis keys and metric labels. */
export const accountNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'must be 1 to 40 of a-z, 0-9, - and _, starting with a letter or digit');

const accountSchema = z.strictObject({
  name: accountNameSchema,
  region: z.enum(['NA', 'EU', 'FE']).optional(),
  wire: z.enum(WIRES).optional(),
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  tokenUrl: z.url({ protocol: /^https?$/ }).optional(),
  profileId: z.string().regex(/^\d+$/, 'must be the numeric profile id').optional(),
  advertiserId: z.string().optional(),
  clientId: z.string().optional(),
  clientSecret: z.string().optional(),
  clientSecretFile: z.string().optional(),
  refreshToken: z.string().optional(),
  refreshTokenFile: z.string().optional(),
  shopifyWebhookSecret: z.string().optional(),
  shopifyWebhookSecretFile: z.string().optional(),
  woocommerceWebhookSecret: z.string().optional(),
  woocommerceWebhookSecretFile: z.string().optional(),
  stripeWebhookSecret: z.string().optional(),
  stripeWebhookSecretFile: z.string().optional(),
  ...shopEntryFields,
  webhookConsent: z.enum(['granted', 'denied']).optional(),
  webhookUrlParameters: z.array(z.enum(WEBHOOK_URL_PARAMETERS)).optional(),
});
export type AccountEntry = z.output<typeof accountSchema>;

const accountsFileSchema = z.strictObject({ accounts: z.array(accountSchema).min(1) });

/** Names only: what commands need that never talk to Amazon (intake, dead-letters, status). */
export function loadAccountNames(settings: Settings): string[] {
  return readEntries(settings, {}).map((entry) => entry.name);
}

/** What the mapping of an account's events depends on. */
export interface AccountPlace {
  readonly region: Region;
  readonly wire: WireName;
  /** Whether its requests go to the EU's host, by its region or by an endpoint that is set. */
  readonly isOfEu: boolean;
}

/** What the mapping of each account's events depends on, by name. */
export function loadPlaces(settings: Settings): Map<string, AccountPlace> {
  return new Map(readEntries(settings, {}).map((entry) => [entry.name, placeOf(entry, settings)] as const));
}

function placeOf(entry: AccountEntry, settings: Settings): AccountPlace {
  const region = entry.region ?? settings.AMAZON_ADS_REGION;
  const endpoint = entry.endpoint ?? settings.AMAZON_ADS_ENDPOINT;
  const isEuHost = endpoint !== undefined && new URL(endpoint).origin === API_HOSTS.EU;
  return { region, wire: entry.wire ?? settings.AMAZON_ADS_WIRE, isOfEu: region === 'EU' || isEuHost };
}

/**
 * @throws SettingsError naming every account's every missing field
 */
export function loadAccounts(settings: Settings, environment: Environment): Account[] {
  const faults: string[] = [];
  const accounts = readEntries(settings, environment).map((entry) => toAccount(entry, settings, faults));
  if (faults.length > 0) throw new SettingsError(faults);
  return accounts;
}

/** @throws SettingsError where ACCOUNTS_FILE cannot be read, or is not of its form */
export function readEntries(settings: Settings, environment: Environment): AccountEntry[] {
  const file = settings.ACCOUNTS_FILE;
  if (file === undefined) return [entryFromSettings(settings, environment)];
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'is not JSON' : `cannot be read (${codeOf(cause)})`;
    throw new SettingsError([`ACCOUNTS_FILE: ${file} ${why}`]);
  }
  const parsed = accountsFileSchema.safeParse(content);
  if (!parsed.success) {
    throw new SettingsError(
      parsed.error.issues.map((issue) => `ACCOUNTS_FILE: ${issue.path.join('.')}: ${issue.message}`),
    );
  }
  const names = parsed.data.accounts.map((entry) => entry.name);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length > 0) throw new SettingsError([`ACCOUNTS_FILE: ${repeated.join(', ')} stands there twice`]);
  return parsed.data.accounts;
}

function entryFromSettings(settings: Settings, environment: Environment): AccountEntry {
  const secretFile = environment['LWA_CLIENT_SECRET_FILE'];
  const tokenFile = environment['LWA_REFRESH_TOKEN_FILE'];
  return {
    name: 'default',
    profileId: settings.AMAZON_ADS_PROFILE_ID,
    advertiserId: settings.AMAZON_ADS_ACCOUNT_ID,
    clientId: settings.LWA_CLIENT_ID,
    clientSecret: settings.LWA_CLIENT_SECRET,
    refreshToken: settings.LWA_REFRESH_TOKEN,
    ...(secretFile && { clientSecretFile: secretFile }),
    ...(tokenFile && { refreshTokenFile: tokenFile }),
  };
}

function toAccount(entry: AccountEntry, settings: Settings, faults: string[]): Account {
  const { region, wire } = placeOf(entry, settings);
  const clientId = entry.clientId ?? settings.LWA_CLIENT_ID;
  const need = (isThere: boolean, what: string) => {
    if (!isThere) faults.push(`account ${entry.name}: ${what} is missing`);
  };
  need(clientId !== undefined, 'the client id (LWA_CLIENT_ID)');
  const needSecret = (value: string | undefined, file: string | undefined, what: string) => {
    if (file === undefined) need(value !== undefined, what);
    else if (!canRead(file)) faults.push(`account ${entry.name}: ${what} cannot be read from ${file}`);
  };
  needSecret(entry.clientSecret, entry.clientSecretFile, 'the client secret (LWA_CLIENT_SECRET)');
  needSecret(entry.refreshToken, entry.refreshTokenFile, 'the refresh token (LWA_REFRESH_TOKEN)');
  if (wire === 'events-manager-v1') need(entry.profileId !== undefined, 'the profile id (AMAZON_ADS_PROFILE_ID)');
  else need(entry.advertiserId !== undefined, 'the advertiser id (AMAZON_ADS_ACCOUNT_ID)');
  for (const field of ['endpoint', 'tokenUrl'] as const) {
    const url = entry[field];
    if (url === undefined || settings.AMAZON_ADS_ALLOW_HTTP || !isReadableOnTheWay(url)) continue;
    faults.push(`account ${entry.name}: ${field} ${PLAIN_HTTP_FAULT}`);
  }
  const endpoint = entry.endpoint ?? settings.AMAZON_ADS_ENDPOINT ?? API_HOSTS[region];
  return {
    name: entry.name,
    region,
    wire,
    endpoint: endpoint.replace(/\/+$/, ''),
    tokenUrl: entry.tokenUrl ?? settings.LWA_TOKEN_URL ?? TOKEN_URLS[region],
    profileId: entry.profileId,
    advertiserId: entry.advertiserId,
    clientId: clientId ?? '',
    secretsDigest: digestOf([entry.clientSecret, entry.refreshToken]),
    readClientSecret: secretReader(entry.clientSecret, entry.clientSecretFile),
    readRefreshToken: secretReader(entry.refreshToken, entry.refreshTokenFile),
  };
}

function digestOf(secrets: readonly (string | undefined)[]): string {
  return createHash('sha256').update(JSON.stringify(secrets)).digest('hex');
}

function canRead(file: string): boolean {
  try {
    return readSecretFile(file) !== '';
  } catch {
    // Why is the operator's to see; that it is so stops the start.
    return false;
  }
}

export function secretReader(value: string | undefined, file: string | undefined): () => string {
  return file === undefined ? () => value ?? '' : () => readSecretFile(file);
}
