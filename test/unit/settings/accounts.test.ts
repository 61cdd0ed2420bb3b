import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountNameSchema } from '../../../src/settings/account-entry.js';
import { type Account, loadAccountNames, loadAccounts, loadPlaces } from '../../../src/settings/accounts.js';
import { type Environment, loadSettings, SettingsError } from '../../../src/settings/config.js';

const ONE = {
  AMAZON_ADS_PROFILE_ID: '123',
  LWA_CLIENT_ID: 'client-1',
  LWA_CLIENT_SECRET: 'secret-1',
  LWA_REFRESH_TOKEN: 'token-1',
};
const ENTRY = { name: 'shop', profileId: '123', clientSecret: 'secret-1', refreshToken: 'token-1' };

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capi-accounts-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileWith(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const load = (environment: Environment) => loadAccounts(loadSettings(environment), environment);

function secretsOf(account: Account | undefined): string[] {
  const credentials = account?.credentials;
  if (credentials?.kind !== 'lwa') throw new Error('no account of Login with Amazon');
  return [credentials.readClientSecret(), credentials.readRefreshToken()];
}

/** The settings of an accounts file with these accounts. */
function accountsFile(accounts: readonly unknown[], environment: Environment = {}): Environment {
  const content = JSON.stringify({ accounts });
  return { LWA_CLIENT_ID: 'client-1', ACCOUNTS_FILE: fileWith('accounts.json', content), ...environment };
}

function faultsOf(environment: Environment): readonly string[] {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

describe('loading the one account of the settings', () => {
  it('is called default and keeps its secrets behind functions', () => {
    const [account, ...others] = load(ONE);
    expect(others).toEqual([]);
    expect(account).toMatchObject({
      name: 'default',
      region: 'NA',
      wire: 'events-manager-v1',
      endpoint: 'https://advertising-api.amazon.com',
      profileId: '123',
      credentials: { kind: 'lwa', clientId: 'client-1', tokenUrl: 'https://api.amazon.com/auth/o2/token' },
    });
    expect(secretsOf(account)).toEqual(['secret-1', 'token-1']);
    expect(JSON.stringify(account)).not.toMatch(/secret-1|token-1/);
  });

  it.each([
    ['NA', 'https://advertising-api.amazon.com', 'https://api.amazon.com/auth/o2/token'],
    ['EU', 'https://advertising-api-eu.amazon.com', 'https://api.amazon.co.uk/auth/o2/token'],
    ['FE', 'https://advertising-api-fe.amazon.com', 'https://api.amazon.co.jp/auth/o2/token'],
  ])('in %s talks to that region’s hosts', (AMAZON_ADS_REGION, endpoint, tokenUrl) => {
    expect(load({ ...ONE, AMAZON_ADS_REGION })).toMatchObject([{ endpoint, credentials: { tokenUrl } }]);
  });

  it('talks to other hosts where they are set', () => {
    const hosts = { AMAZON_ADS_ENDPOINT: 'http://localhost:9090/base//', LWA_TOKEN_URL: 'http://localhost:9090/token' };
    expect(load({ ...ONE, ...hosts })).toMatchObject([
      { endpoint: 'http://localhost:9090/base', credentials: { tokenUrl: 'http://localhost:9090/token' } },
    ]);
  });

  it('names everything that is missing, by its setting', () => {
    const missing = faultsOf({}).join('\n');
    for (const name of Object.keys(ONE)) expect(missing).toContain(name);
    expect(faultsOf({})).toHaveLength(4);
  });

  it('needs the id that its wire needs', () => {
    const { AMAZON_ADS_PROFILE_ID: _profile, ...rest } = ONE;
    const wire = { AMAZON_ADS_WIRE: 'ads-api-v1' };
    expect(faultsOf({ ...ONE, ...wire })).toEqual([
      'account default: the advertiser id (AMAZON_ADS_ACCOUNT_ID), or the manager account (AMAZON_ADS_MANAGER_ACCOUNT_ID), is missing',
    ]);
    expect(load({ ...rest, ...wire, AMAZON_ADS_ACCOUNT_ID: 'A1' })).toMatchObject([{ advertiserId: 'A1' }]);
    expect(faultsOf(rest)).toEqual(['account default: the profile id (AMAZON_ADS_PROFILE_ID) is missing']);
  });

  it('reads a secret’s file at every use, so that a rotated one needs no restart', () => {
    const path = fileWith('secret', 'old\n');
    const { LWA_CLIENT_SECRET: _secret, ...rest } = ONE;
    const [account] = load({ ...rest, LWA_CLIENT_SECRET_FILE: path });
    expect(secretsOf(account)).toEqual(['old', 'token-1']);
    fileWith('secret', 'new\n');
    expect(secretsOf(account)).toEqual(['new', 'token-1']);
  });
});

describe('loading an accounts file', () => {
  it('gives each account its own, and the settings’ where it has none', () => {
    const own = {
      name: 'store_eu-2',
      region: 'EU',
      wire: 'ads-api-v1',
      endpoint: 'https://proxy.example/',
      tokenUrl: 'https://token.example/t',
      advertiserId: 'A1',
      clientId: 'client-2',
      clientSecretFile: fileWith('client-secret', 'from a file'),
      refreshTokenFile: fileWith('refresh-token', 'from another'),
    };
    const accounts = load(accountsFile([ENTRY, own], { AMAZON_ADS_REGION: 'FE' }));
    expect(accounts).toMatchObject([
      {
        name: 'shop',
        region: 'FE',
        wire: 'events-manager-v1',
        credentials: { clientId: 'client-1' },
        endpoint: 'https://advertising-api-fe.amazon.com',
      },
      {
        name: 'store_eu-2',
        region: 'EU',
        wire: 'ads-api-v1',
        endpoint: 'https://proxy.example',
        credentials: { clientId: 'client-2', tokenUrl: 'https://token.example/t' },
      },
    ]);
    expect(accounts.map(secretsOf)).toEqual([
      ['secret-1', 'token-1'],
      ['from a file', 'from another'],
    ]);
  });

  it('names, regions and wires need no credentials', () => {
    const settings = loadSettings(
      accountsFile([{ name: 'shop' }, { name: 'store', region: 'EU', wire: 'ads-api-v1' }]),
    );
    expect(loadAccountNames(settings)).toEqual(['shop', 'store']);
    expect([...loadPlaces(settings)]).toEqual([
      ['shop', expect.objectContaining({ region: 'NA', wire: 'events-manager-v1', isOfEu: false })],
      ['store', expect.objectContaining({ region: 'EU', wire: 'ads-api-v1', isOfEu: true })],
    ]);
    expect(loadAccountNames(loadSettings({}))).toEqual(['default']);
  });

  it('names every missing field of every account', () => {
    expect(faultsOf(accountsFile([{ name: 'shop' }, { ...ENTRY, name: 'store', profileId: undefined }]))).toEqual([
      'account shop: the client secret (LWA_CLIENT_SECRET) is missing',
      'account shop: the refresh token (LWA_REFRESH_TOKEN) is missing',
      'account shop: the profile id (AMAZON_ADS_PROFILE_ID) is missing',
      'account store: the profile id (AMAZON_ADS_PROFILE_ID) is missing',
    ]);
  });

  it('refuses addresses to which credentials would go unencrypted, unless that is allowed', () => {
    const plain = { ...ENTRY, endpoint: 'http://proxy.example', tokenUrl: 'http://token.example/t' };
    const here = { ...ENTRY, name: 'here', endpoint: 'http://127.0.0.1:1', tokenUrl: 'http://localhost:1/t' };
    expect(faultsOf(accountsFile([plain, here]))).toEqual([
      expect.stringContaining('account shop: endpoint is http: the credentials could be read on the way'),
      expect.stringContaining('account shop: tokenUrl is http: the credentials could be read on the way'),
    ]);
    expect(load(accountsFile([plain], { AMAZON_ADS_ALLOW_HTTP: 'true' }))).toHaveLength(1);
  });

  it('stops the start where a secret’s file is missing or empty', () => {
    const none = join(folder, 'none');
    const empty = fileWith('empty', '\n');
    expect(faultsOf(accountsFile([{ ...ENTRY, clientSecretFile: none, refreshTokenFile: empty }]))).toEqual([
      `account shop: the client secret (LWA_CLIENT_SECRET) cannot be read from ${none}`,
      `account shop: the refresh token (LWA_REFRESH_TOKEN) cannot be read from ${empty}`,
    ]);
  });

  it.each([
    ['no account', []],
    ['an account twice', [ENTRY, ENTRY]],
    ['an unknown field', [{ ...ENTRY, clientSecrets: 'x' }]],
    ['a region that is none', [{ ...ENTRY, region: 'US' }]],
    ['a wire that is none', [{ ...ENTRY, wire: 'v1' }]],
    ['an endpoint that is none', [{ ...ENTRY, endpoint: 'advertising-api.amazon.com' }]],
    ['a profile that is no number', [{ ...ENTRY, profileId: 'ENTITY1' }]],
    ['an account without a name', [{ ...ENTRY, name: undefined }]],
  ])('refuses %s, without showing a secret', (_what, accounts) => {
    const faults = faultsOf(accountsFile(accounts));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^ACCOUNTS_FILE: /);
    expect(faults[0]).not.toMatch(/secret-1|token-1/);
  });

  it('says which entry, which field, and what it takes', () => {
    const wrong = [
      { ...ENTRY, region: 'US' },
      { clientId: 7, profileID: '1', endpoint: 'example' },
    ];
    expect(faultsOf(accountsFile(wrong))).toEqual([
      `ACCOUNTS_FILE: entry 1 (${ENTRY.name}): region must be NA, EU or FE`,
      'ACCOUNTS_FILE: entry 2: name is missing',
      'ACCOUNTS_FILE: entry 2: endpoint must be a URL, such as https://example.com',
      'ACCOUNTS_FILE: entry 2: clientId must be text in quotes',
      'ACCOUNTS_FILE: entry 2: it does not know profileID: did you mean profileId?',
    ]);
    expect(faultsOf({ ACCOUNTS_FILE: fileWith('list.json', '[]') })).toEqual([
      'ACCOUNTS_FILE: the file must be an object: {…}',
    ]);
    expect(faultsOf({ ACCOUNTS_FILE: fileWith('other.json', '{"account":[]}') })).toEqual([
      'ACCOUNTS_FILE: accounts is missing',
      'ACCOUNTS_FILE: the file does not know account: did you mean accounts?',
    ]);
    expect(faultsOf(accountsFile([]))).toEqual(['ACCOUNTS_FILE: accounts must not be empty']);
  });

  it('says why the file cannot be read', () => {
    const none = join(folder, 'none.json');
    const broken = fileWith('broken.json', '{"accounts":[{"clientSecret":"secret-1"');
    expect(faultsOf({ ACCOUNTS_FILE: none })).toEqual([`ACCOUNTS_FILE: ${none}: there is no such file or folder`]);
    expect(faultsOf({ ACCOUNTS_FILE: broken })).toEqual([`ACCOUNTS_FILE: ${broken}: is not JSON`]);
  });
});

describe('naming accounts', () => {
  it.each(['default', 'a', '0', 'shop-eu_2', 'a'.repeat(40)])('%s is a name', (name) => {
    expect(accountNameSchema.safeParse(name).success).toBe(true);
  });

  it.each(['', 'Shop', '-a', '_a', 'a b', 'a}b', 'a:b', 'käufe', 'a\n', 'a'.repeat(41)])('%j is none', (name) => {
    expect(accountNameSchema.safeParse(name).success).toBe(false);
  });
});
