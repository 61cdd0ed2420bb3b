/**
 * Checks one account: gets a token from Login with Amazon, then asks Amazon for the profile.
 *
 * Without a token Amazon cannot be asked, so the token's result is the only one. An answer that settles nothing is a
 * failure, except throttling: Amazon would not throttle a refused token.
 */

import { listProfiles } from '../amazon/profiles.js';
import { LwaTokens, type TokenResult } from '../amazon/token.js';
import type { Account } from '../settings/accounts.js';
import type { LwaCredentials } from '../settings/credentials.js';
import { isReadableOnTheWay } from '../settings/plain-http.js';
import { FILE_NAMES, type Names, SETTING_NAMES } from './account-names.js';
import { type CheckResult, fail, isCode, ok, warn } from './result.js';

/** How many of the token's profiles are named if another one is configured. */
const PROFILES_NAMED = 5;

/** @param isFromFile whether the account is from ACCOUNTS_FILE, where its fields have other names */
export async function checkAccount(account: Account, timeoutMs: number, isFromFile: boolean): Promise<CheckResult[]> {
  const names = isFromFile ? FILE_NAMES : SETTING_NAMES;
  const encryption = judgeEncryption(account, names);
  const { credentials } = account;
  if (credentials.kind === 'api_token') return [...judgeApiToken(account, names), ...encryption];
  const result = await new LwaTokens(credentials).get();
  if (result.kind !== 'token') return [judgeTokenFault(account.name, credentials, result, names), ...encryption];
  const { host, protocol } = new URL(credentials.tokenUrl);
  const access = { clientId: credentials.clientId, token: result.token };
  return [
    ok(`token ${account.name}`, `given by ${host}${protocol === 'https:' ? '' : ', over http'}`),
    judgeProfiles(account, await listProfiles(account.endpoint, access, timeoutMs), names),
    ...encryption,
  ];
}

/** Only an event can test an API token, so its parts are compared with the forms that Amazon's tag knows. */
function judgeApiToken(account: Account, names: Names): CheckResult[] {
  const { name, managerAccountId = '', dataSetId = '', credentials } = account;
  const token = credentials.kind === 'api_token' ? credentials.readToken() : '';
  const forms = [
    [names.apiToken, token, /^amzn_ads\|./, 'amzn_ads|…'],
    [names.managerAccountId, managerAccountId, /^amzn1\.ads1\.ma1\.[a-z0-9]+$/i, 'amzn1.ads1.ma1.…'],
    [names.dataSetId, dataSetId, /^amzn1\.adm\.ds1\.evnt1\../, 'amzn1.adm.ds1.evnt1.…'],
  ] as const;
  const odd = forms.flatMap(([setting, value, form, example]) =>
    form.test(value) ? [] : [warn(`api token ${name}`, `${setting} does not look like ${example}`, `check ${setting}`)],
  );
  return [ok(`api token ${name}`, 'is set; Amazon checks it with the first event, and nothing renews it'), ...odd];
}

/** The settings allow it for a stand-in of Amazon, but it must be reported. */
function judgeEncryption({ name, credentials, endpoint }: Account, names: Names): CheckResult[] {
  const urls = [
    ...(credentials.kind === 'lwa' ? [[names.tokenUrl, credentials.tokenUrl] as const] : []),
    [names.endpoint, endpoint] as const,
  ];
  const advice = 'take https for anything but a stand-in of Amazon, and AMAZON_ADS_ALLOW_HTTP away';
  return urls
    .filter(([, url]) => isReadableOnTheWay(url))
    .map(([setting]) => warn(`encryption ${name}`, `${setting} is http: credentials can be read on the way`, advice));
}

type TokenFault = Exclude<TokenResult, { kind: 'token' }>;

function judgeTokenFault(
  account: string,
  { tokenUrl }: LwaCredentials,
  { kind, code }: TokenFault,
  names: Names,
): CheckResult {
  const name = `token ${account}`;
  const shown = isCode(code) ? code : 'unknown';
  const { host } = new URL(tokenUrl);
  if (kind === 'refused') return fail(name, `${host} refuses (${shown})`, adviceForRefusal(code, names));
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') {
    const advice = 'check the path and the rights of the files that hold the client secret and the refresh token';
    return fail(name, `a secret’s file cannot be read (${shown})`, advice);
  }
  if (code.startsWith('status_')) {
    return fail(name, `${host} answers ${shown}`, `check ${names.tokenUrl}; if it is right, try again later`);
  }
  const advice = `check ${names.tokenUrl}, and that this machine may connect to it`;
  return fail(name, `${host} gives no answer (${shown})`, advice);
}

function adviceForRefusal(code: string, names: Names): string {
  switch (code) {
    case 'invalid_grant':
      return `${names.refreshToken} was revoked, has ended, or was given to another client: capi-forwarder authorize`;
    case 'invalid_client':
      return `${names.clientId} and ${names.clientSecret} do not belong together: copy both from the security profile`;
    case 'unauthorized_client':
      return `the client may not refresh tokens: look at the security profile of ${names.clientId}`;
    default:
      return `check ${names.clientId}, ${names.clientSecret} and ${names.refreshToken}`;
  }
}

function judgeProfiles(account: Account, result: Awaited<ReturnType<typeof listProfiles>>, names: Names): CheckResult {
  const name = `profile ${account.name}`;
  const { host } = new URL(account.endpoint);
  switch (result.kind) {
    case 'profiles':
      return judgeIds(account, result.ids, names);
    case 'refused':
      return judgeStatus(name, host, result.status, names);
    case 'failed': {
      const advice = `check ${names.endpoint} and ${names.region}, and that this machine may connect to ${host}`;
      return fail(name, `${host} gives no answer (${isCode(result.code) ? result.code : result.reason})`, advice);
    }
    default:
      return result satisfies never;
  }
}

function judgeIds({ name: account, wire, region, profileId }: Account, ids: readonly string[], names: Names) {
  const name = `profile ${account}`;
  if (wire === 'ads-api-v1') {
    return ok(
      name,
      'the token is accepted; this wire has no profile, and Amazon checks the advertiser or manager account with an event',
    );
  }
  if (profileId !== undefined && ids.includes(profileId)) return ok(name, `${profileId} is one of the token’s`);
  if (ids.length === 0) {
    const advice = `profiles live in one region: check ${names.region}, and who authorised the application`;
    return fail(name, `the token has no profile in ${region}`, advice);
  }
  const more = ids.length > PROFILES_NAMED ? ` and ${ids.length - PROFILES_NAMED} more` : '';
  const advice = `set ${names.profileId} to one of ${ids.slice(0, PROFILES_NAMED).join(', ')}${more}`;
  return fail(name, `${profileId} is none of the token’s ${ids.length} in ${region}`, advice);
}

function judgeStatus(name: string, host: string, status: number, names: Names): CheckResult {
  const found = `${host} answers ${status}`;
  if (status === 401) {
    return fail(name, found, `${names.clientId} must be approved for the Amazon Ads API: see its onboarding`);
  }
  if (status === 403) {
    return fail(name, found, 'the Amazon user that authorised lacks access to the account: have an admin invite it');
  }
  if (status === 429) return warn(name, found, 'too many requests just now: run the check again in a minute');
  if (status >= 500) return fail(name, found, 'Amazon has a server error: run the check again later');
  return fail(name, found, `that is not the Amazon Ads API: check ${names.endpoint} and ${names.region}`);
}
