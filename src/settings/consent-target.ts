/**
 * What `authorize` needs to know of an account: its client, its consent page, and the file of its refresh token. The
 * account may be incomplete, as the command gets its refresh token.
 */
import { secretsOf } from './account-entry.js';
import { placeOf, readEntries, tokenUrlOf } from './accounts.js';
import { type Environment, SettingsError } from './config.js';
import { isReadable, isSet, readerOf } from './credentials.js';
import { type Settings } from './settings-schema.js';

export interface ConsentTarget {
  readonly region: 'NA' | 'EU' | 'FE';
  readonly clientId: string;
  readonly readClientSecret: () => string;
  readonly tokenUrl: string;
  /** The token endpoint, if it is not Amazon's: its consent page has the same host. */
  readonly standIn: string | undefined;
  readonly refreshTokenFile: string | undefined;
}

/** @throws SettingsError naming everything that is missing */
export function consentTargetOf(settings: Settings, environment: Environment, name: string): ConsentTarget {
  const entry = readEntries(settings, environment).find((one) => one.name === name);
  if (!entry) throw new SettingsError([`there is no account ${name}: see ACCOUNTS_FILE`]);
  const { clientSecret, apiToken } = secretsOf(entry);
  const clientId = entry.clientId ?? settings.LWA_CLIENT_ID;
  const faults = [
    ...(isSet(apiToken) ? ['has an API token (AMAZON_ADS_API_TOKEN): nobody consents to one'] : []),
    ...(clientId === undefined ? ['the client id (LWA_CLIENT_ID) is missing'] : []),
    ...(isReadable(clientSecret) ? [] : ['the client secret (LWA_CLIENT_SECRET) is missing or cannot be read']),
  ];
  if (faults.length > 0) throw new SettingsError(faults.map((fault) => `account ${name}: ${fault}`));
  const { region } = placeOf(entry, settings);
  const tokenUrl = tokenUrlOf(entry, settings);
  return {
    region,
    clientId: clientId ?? '',
    readClientSecret: readerOf(clientSecret),
    tokenUrl,
    standIn: /(^|\.)amazon\.(com|co\.uk|co\.jp)$/.test(new URL(tokenUrl).hostname) ? undefined : tokenUrl,
    refreshTokenFile: entry.refreshTokenFile,
  };
}
