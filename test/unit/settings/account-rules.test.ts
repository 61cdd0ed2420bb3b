import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WIRES } from '../../../src/settings/account-entry.js';
import { loadAccounts } from '../../../src/settings/accounts.js';
import { loadSettings, SettingsError } from '../../../src/settings/config.js';

/** The parts of an account: the setting, the field of ACCOUNTS_FILE, a value. */
const PARTS = {
  lwa: ['LWA_CLIENT_ID', 'clientId', 'client'],
  secret: ['LWA_CLIENT_SECRET', 'clientSecret', 'canary-secret'],
  refresh: ['LWA_REFRESH_TOKEN', 'refreshToken', 'canary-refresh'],
  token: ['AMAZON_ADS_API_TOKEN', 'apiToken', 'amzn_ads|canary'],
  profile: ['AMAZON_ADS_PROFILE_ID', 'profileId', '1234567890'],
  advertiser: ['AMAZON_ADS_ACCOUNT_ID', 'advertiserId', '580000000000000001'],
  manager: ['AMAZON_ADS_MANAGER_ACCOUNT_ID', 'managerAccountId', 'amzn1.ads1.ma1.a1'],
  dataSetId: ['AMAZON_ADS_DATASET_ID', 'dataSetId', 'amzn1.adm.ds1.evnt1.x'],
  dataSetName: ['AMAZON_ADS_DATASET_NAME', 'dataSetName', 'Shop_1'],
  contentType: ['AMAZON_ADS_CONTENT_TYPE', 'contentType', 'application/vnd.dspconversioneventimport.v1+json'],
} as const;
type Part = keyof typeof PARTS;
const NAMES = Object.keys(PARTS) as Part[];

/** Valid combinations: on the wire, with these and any of the optional ones. All others are refused. */
const SOUND: readonly { wire: (typeof WIRES)[number]; needs: readonly Part[]; takes: readonly Part[] }[] = [
  { wire: 'events-manager-v1', needs: ['lwa', 'secret', 'refresh', 'profile'], takes: ['advertiser'] },
  {
    wire: 'ads-api-v1',
    needs: ['lwa', 'secret', 'refresh', 'advertiser'],
    takes: ['profile', 'dataSetName', 'contentType'],
  },
  {
    wire: 'ads-api-v1',
    needs: ['lwa', 'secret', 'refresh', 'manager'],
    takes: ['profile', 'dataSetName', 'contentType'],
  },
  { wire: 'ads-api-v1', needs: ['token', 'manager', 'dataSetId'], takes: ['contentType'] },
];

function isSound(wire: string, parts: ReadonlySet<Part>): boolean {
  return SOUND.some(
    (row) =>
      row.wire === wire &&
      row.needs.every((part) => parts.has(part)) &&
      [...parts].every((part) => row.needs.includes(part) || row.takes.includes(part)),
  );
}

const COMBINATIONS = Array.from(
  { length: 2 ** NAMES.length },
  (_, bits) => new Set(NAMES.filter((_name, place) => bits & (2 ** place))),
);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capi-rules-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadAccounts(loadSettings(environment), environment);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
}

const settingsOf = (parts: ReadonlySet<Part>) =>
  Object.fromEntries([...parts].map((part) => [PARTS[part][0], PARTS[part][2]]));

function fileOf(entries: readonly { wire: string; parts: ReadonlySet<Part> }[]): Record<string, string> {
  const accounts = entries.map(({ wire, parts }, index) => ({
    name: `account-${index}`,
    wire,
    ...Object.fromEntries([...parts].map((part) => [PARTS[part][1], PARTS[part][2]])),
  }));
  const path = join(folder, 'accounts.json');
  writeFileSync(path, JSON.stringify({ accounts }));
  return { ACCOUNTS_FILE: path };
}

describe('what parts of an account go together', () => {
  describe.each(WIRES)('on %s', (wire) => {
    it(`is decided at the start, for each of ${COMBINATIONS.length} combinations`, () => {
      let sound = 0;
      for (const parts of COMBINATIONS) {
        const faults = faultsOf({ AMAZON_ADS_WIRE: wire, ...settingsOf(parts) });
        const label = `${[...parts].join(' ')}: ${faults.join('; ')}`;
        expect(faults.length === 0, label).toBe(isSound(wire, parts));
        for (const fault of faults) {
          expect(fault, label).toMatch(/^account default: .*(LWA|AMAZON_ADS)_/);
          expect(fault, label).not.toContain('canary');
        }
        sound += Number(faults.length === 0);
      }
      expect(sound).toBe(wire === 'events-manager-v1' ? 2 : 18);
    });
  });

  it('is the same for the entries of ACCOUNTS_FILE, and all faults of all entries are told at once', () => {
    const entries = WIRES.flatMap((wire) => COMBINATIONS.map((parts) => ({ wire, parts })));
    const faults = faultsOf(fileOf(entries));
    entries.forEach(({ wire, parts }, index) => {
      const own = faults.filter((fault) => fault.startsWith(`account account-${index}: `));
      expect(own.length === 0, `${wire} ${[...parts].join(' ')}`).toBe(isSound(wire, parts));
    });
  });

  it('names each fault of one that is wrong in several ways', () => {
    const parts = new Set<Part>(['token', 'lwa', 'advertiser', 'dataSetName']);
    expect(faultsOf(settingsOf(parts))).toEqual([
      'account default: an API token (AMAZON_ADS_API_TOKEN) works on wire ads-api-v1 only (AMAZON_ADS_WIRE)',
      'account default: the manager account (AMAZON_ADS_MANAGER_ACCOUNT_ID) is missing',
      'account default: the dataset id (AMAZON_ADS_DATASET_ID) is missing',
      'account default: the client id (LWA_CLIENT_ID) does not go with an API token (AMAZON_ADS_API_TOKEN)',
      'account default: the advertiser id (AMAZON_ADS_ACCOUNT_ID) does not go with an API token (AMAZON_ADS_API_TOKEN)',
      'account default: the dataset name (AMAZON_ADS_DATASET_NAME) does not go with an API token (AMAZON_ADS_API_TOKEN)',
    ]);
  });

  it('lets the settings name a client id for all entries, also beside one with an API token', () => {
    const token = new Set<Part>(['token', 'manager', 'dataSetId']);
    const lwa = new Set<Part>(['secret', 'refresh', 'advertiser']);
    const file = fileOf([token, lwa].map((parts) => ({ wire: 'ads-api-v1', parts })));
    expect(faultsOf({ ...file, LWA_CLIENT_ID: 'shared' })).toEqual([]);
  });

  it.each([
    ['two words', 'amzn_ads|one two', 'is more than one word'],
    ['nothing', '', 'cannot be read from'],
  ])('reads an API token’s file, and refuses one that holds %s', (_what, text, fault) => {
    const path = join(folder, 'token');
    writeFileSync(path, text);
    const parts = settingsOf(new Set<Part>(['manager', 'dataSetId']));
    const environment = { ...parts, AMAZON_ADS_WIRE: 'ads-api-v1', AMAZON_ADS_API_TOKEN_FILE: path };
    expect(faultsOf(environment).join()).toContain(text === '' ? 'AMAZON_ADS_API_TOKEN_FILE' : fault);
    writeFileSync(path, 'amzn_ads|good\n');
    expect(faultsOf(environment)).toEqual([]);
    const [account] = loadAccounts(loadSettings(environment), environment);
    const credentials = account?.credentials;
    expect(credentials?.kind === 'api_token' && credentials.readToken()).toBe('amzn_ads|good');
    expect(JSON.stringify(account)).not.toContain('good');
  });

  it.each([
    ['AMAZON_ADS_MANAGER_ACCOUNT_ID', 'a b'],
    ['AMAZON_ADS_DATASET_NAME', 'Käufe'],
    ['AMAZON_ADS_CONTENT_TYPE', 'json'],
  ])('%s "%s" is refused: no header and no body may hold it', (name, value) => {
    expect(() => loadSettings({ [name]: value })).toThrow(name);
  });
});
