/**
 * Which parts of an account go together. Each wire and each kind of credentials needs some parts and allows no others.
 * An unused part is a fault like a missing one, because whoever set it expected an effect.
 *
 * | credentials | wire | needs | takes |
 * |---|---|---|---|
 * | Login with Amazon | events-manager-v1 | profile | |
 * | Login with Amazon | ads-api-v1 | advertiser or manager account | dataset name, content type |
 * | API token | ads-api-v1 | manager account, dataset id | content type |
 *
 * With Login with Amazon, both wires allow the numeric profile and the advertiser's id together: an account that moves
 * from one wire to the other has both.
 */
import { type AccountEntry, secretsOf, type WireName } from './account-entry.js';
import { isReadable, isSet, readerOf, type SecretSource, tokenReaderOf } from './credentials.js';

const API_TOKEN = 'an API token (AMAZON_ADS_API_TOKEN)';
const TOKEN = 'the API token (AMAZON_ADS_API_TOKEN)';
const CLIENT_ID = 'the client id (LWA_CLIENT_ID)';
const CLIENT_SECRET = 'the client secret (LWA_CLIENT_SECRET)';
const REFRESH_TOKEN = 'the refresh token (LWA_REFRESH_TOKEN)';
const CONSENT_DATE = 'the consent date (LWA_CONSENT_DATE)';
const PROFILE = 'the profile id (AMAZON_ADS_PROFILE_ID)';
const ADVERTISER = 'the advertiser id (AMAZON_ADS_ACCOUNT_ID)';
const MANAGER = 'the manager account (AMAZON_ADS_MANAGER_ACCOUNT_ID)';
const DATASET_ID = 'the dataset id (AMAZON_ADS_DATASET_ID)';
const DATASET_NAME = 'the dataset name (AMAZON_ADS_DATASET_NAME)';
const CONTENT_TYPE = 'the content type (AMAZON_ADS_CONTENT_TYPE)';

/** Sent in a header unchanged. */
const HEADER_TEXT = /^[!-~]+$/;

/**
 * @param clientId the entry's own, or that of the settings for all accounts
 * @returns every fault: which part, and what is wrong
 */
export function faultsOfEntry(entry: AccountEntry, wire: WireName, clientId: string | undefined): string[] {
  const { apiToken } = secretsOf(entry);
  return isSet(apiToken) ? faultsWithApiToken(entry, wire, apiToken) : faultsWithLwa(entry, wire, clientId);
}

function faultsWithApiToken(entry: AccountEntry, wire: WireName, apiToken: SecretSource): string[] {
  const { clientSecret, refreshToken } = secretsOf(entry);
  const beside = (isThere: boolean, what: string) => (isThere ? [`${what} does not go with ${API_TOKEN}`] : []);
  return [
    ...faultsOfSecret(apiToken, TOKEN),
    ...(isReadable(apiToken) && !HEADER_TEXT.test(readerOf(apiToken)()) ? [`${TOKEN} is more than one word`] : []),
    ...(wire === 'ads-api-v1' ? [] : [`${API_TOKEN} works on wire ads-api-v1 only (AMAZON_ADS_WIRE)`]),
    ...missing(entry.managerAccountId, MANAGER),
    ...missing(entry.dataSetId, DATASET_ID),
    ...beside(entry.clientId !== undefined, CLIENT_ID),
    ...beside(isSet(clientSecret), CLIENT_SECRET),
    ...beside(isSet(refreshToken), REFRESH_TOKEN),
    ...beside(entry.consentDate !== undefined, CONSENT_DATE),
    ...beside(entry.advertiserId !== undefined, ADVERTISER),
    ...beside(entry.profileId !== undefined, PROFILE),
    ...beside(entry.dataSetName !== undefined, DATASET_NAME),
  ];
}

function faultsWithLwa(entry: AccountEntry, wire: WireName, clientId: string | undefined): string[] {
  const { clientSecret, refreshToken } = secretsOf(entry);
  const { advertiserId, managerAccountId } = entry;
  const faults = [
    ...missing(clientId, CLIENT_ID),
    ...faultsOfSecret(clientSecret, CLIENT_SECRET),
    ...faultsOfSecret(refreshToken, REFRESH_TOKEN, tokenReaderOf(refreshToken)),
    ...(entry.dataSetId === undefined ? [] : [`${DATASET_ID} goes with ${API_TOKEN} only`]),
  ];
  if (wire === 'events-manager-v1') {
    const ofOtherWire = [
      [managerAccountId, MANAGER],
      [entry.dataSetName, DATASET_NAME],
      [entry.contentType, CONTENT_TYPE],
    ] as const;
    for (const [value, what] of ofOtherWire)
      if (value !== undefined) faults.push(`${what} goes with wire ads-api-v1 only`);
    return [...faults, ...missing(entry.profileId, PROFILE)];
  }
  if (advertiserId === undefined && managerAccountId === undefined)
    faults.push(`${ADVERTISER}, or ${MANAGER}, is missing`);
  if (advertiserId !== undefined && managerAccountId !== undefined) {
    faults.push(`${ADVERTISER} and ${MANAGER} do not go together: a request names one of them`);
  }
  return faults;
}

function missing(value: string | undefined, what: string): string[] {
  return value === undefined ? [`${what} is missing`] : [];
}

function faultsOfSecret(secret: SecretSource, what: string, read?: () => string): string[] {
  if (!isSet(secret)) return [`${what} is missing`];
  if (secret.file !== undefined && !isReadable(secret, read)) return [`${what} cannot be read from ${secret.file}`];
  return [];
}
