import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  acknowledgementOf,
  claimLeaseMs,
  type Environment,
  loadSettings,
  readEnvironment,
  SettingsError,
} from '../../../src/settings/config.js';
import { SECRET_SETTINGS, settingsSchema } from '../../../src/settings/settings-schema.js';

const CANARY = 'canary-s3cret@example.com';
const NAMES = Object.keys(settingsSchema.shape);

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capi-config-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileWith(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Every fault of these settings. */
function faultsOf(environment: Environment): readonly string[] {
  try {
    loadSettings(environment);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const fault of error.faults) expect(error.message).toContain(fault);
    return error.faults;
  }
  return [];
}

/** The settings that have a fault, in order. */
const faulty = (environment: Environment) => faultsOf(environment).map((fault) => fault.split(':')[0]);

describe('reading settings', () => {
  it('says what a wrong setting takes: the bounds of a number, the forms of an address', () => {
    for (const text of ['abc', '7.5', '-1']) {
      expect(faultsOf({ MAX_EVENT_AGE_HOURS: text })).toEqual([
        'MAX_EVENT_AGE_HOURS: must be a whole number from 1 to 504',
      ]);
    }
    expect(faultsOf({ MAX_EVENT_AGE_HOURS: '505' })).toEqual(['MAX_EVENT_AGE_HOURS: must be between 1 and 504']);
    for (const text of ['localhost:6379', 'http://localhost:6379', 'foo']) {
      expect(faultsOf({ REDIS_URL: text })).toEqual([
        'REDIS_URL: must be redis://host:port, redis+sentinel://host:port,host:port/master or redis+cluster://host:port,host:port; with TLS rediss… in place of redis…',
      ]);
    }
  });

  it('has the defaults that are promised', () => {
    expect(loadSettings({})).toEqual({
      REDIS_URL: 'redis://127.0.0.1:6379',
      REDIS_ACK_REPLICAS: 'auto',
      REDIS_ACK_TIMEOUT_MS: 1_000,
      AMAZON_ADS_REGION: 'NA',
      AMAZON_ADS_WIRE: 'events-manager-v1',
      BATCH_MAX_EVENTS: 500,
      BATCH_MAX_BYTES: 1_000_000,
      BATCH_LINGER_MS: 1_000,
      BATCHES_IN_FLIGHT: 4,
      EVENTS_PER_JOB: 250,
      DEAD_LETTER_RETENTION_DAYS: 30,
      REQUEST_TIMEOUT_MS: 10_000,
      RETRY_MAX_ATTEMPTS: 10,
      RETRY_BASE_DELAY_MS: 1_000,
      RETRY_MAX_DELAY_MS: 300_000,
      REFUSED_BATCHES_BEFORE_HOLD: 3,
      CONSENT_REQUIRED_BY: 'account-or-country',
      DEDUPE_ID_SHOPIFY: 'id',
      DEDUPE_ID_WOOCOMMERCE: 'id',
      DEDUPE_ID_STRIPE: 'id',
      DEDUPE_ID_GA4: 'transaction_id',
      SHOPIFY_API_VERSION: '2026-10',
      STRIPE_API_URL: 'https://api.stripe.com',
      AMAZON_ADS_ALLOW_HTTP: false,
      KEEP_IP_ADDRESSES: false,
      INTAKE_HOST: '127.0.0.1',
      INTAKE_PORT: 8080,
      INTAKE_REQUIRE_WORKER: false,
      CONSOLE_HOST: '127.0.0.1',
      CONSOLE_PORT: 8081,
      METRICS_HOST: '127.0.0.1',
      SHUTDOWN_TIMEOUT_MS: 25_000,
      LOG_LEVEL: 'info',
    });
  });

  it.each([
    ['REDIS_URL', 'rediss+sentinel://:p%25@a:1,b:2/main', 'rediss+sentinel://:p%25@a:1,b:2/main'],
    ['AMAZON_ADS_ENDPOINT', 'http://localhost:9090', 'http://localhost:9090'],
    ['AMAZON_ADS_PROFILE_ID', '1234567890123456789', '1234567890123456789'],
    ['BATCH_MAX_EVENTS', '1', 1],
    ['BATCH_LINGER_MS', '0', 0],
    ['DEDUPE_WINDOW_HOURS', '0.5', 0.5],
    ['MAX_REQUESTS_PER_SECOND', '2.5', 2.5],
    ['DEFAULT_COUNTRY', 'de', 'DE'],
    ['MATCH_KEY_RULES', 'amazon-ads', ['amazon-ads']],
    ['MATCH_KEY_RULES', ' amazon-events, standard ', ['amazon-events', 'standard']],
    ['DEDUPE_ID_SHOPIFY', 'name', 'name'],
    ['DEDUPE_ID_WOOCOMMERCE', 'order_key', 'order_key'],
    ['DEDUPE_ID_STRIPE', 'payment_intent', 'payment_intent'],
    ['DEDUPE_ID_GA4', 'event_id', 'event_id'],
    ['INTAKE_API_KEYS', ' shop=a== , b,, ', ' shop=a== , b,, '],
    ['CONSENT_REQUIRED_BY', 'account', 'account'],
    ['INTAKE_PORT', '0', 0],
    ['METRICS_PORT', '0', 0],
    ['KEEP_IP_ADDRESSES', 'true', true],
    ['CONSOLE_TOKEN', 'ann=a==,bob:viewer=b', 'ann=a==,bob:viewer=b'],
    ['LOG_LEVEL', 'silent', 'silent'],
  ])('%s takes %j', (name, text, value) => {
    expect(loadSettings({ [name]: text })).toMatchObject({ [name]: value });
  });

  it('takes an empty setting for one that is not set, and passes over what is not ours', () => {
    const empty = Object.fromEntries([...NAMES, ...NAMES.map((name) => `${name}_FILE`)].map((name) => [name, '']));
    expect(loadSettings({ ...empty, PATH: '/bin', CAPI_NOTHING: 'x' })).toEqual(loadSettings({}));
  });

  it.each([
    ['REDIS_URL', ['localhost:6379', 'http://localhost', 'redis://:50%off@localhost', 'redis://localhost:99999']],
    ['REDIS_URL', ['redis://:a/b@localhost', 'redis+cluster://a:7000,b:70000', 'rediss+sentinel://:p@a:99999/main']],
    ['AMAZON_ADS_REGION', ['US', 'na']],
    ['AMAZON_ADS_ENDPOINT', ['advertising-api.amazon.com', 'ftp://x.example']],
    ['AMAZON_ADS_WIRE', ['v1']],
    ['AMAZON_ADS_PROFILE_ID', ['ENTITY1', '12 3']],
    ['LWA_TOKEN_URL', ['api.amazon.com']],
    ['BATCH_MAX_EVENTS', ['0', '501', 'many', '1.5', '-1', '1e2']],
    ['BATCH_MAX_BYTES', ['9999', '10000001']],
    ['BATCH_LINGER_MS', ['60001']],
    ['BATCHES_IN_FLIGHT', ['0', '65']],
    ['EVENTS_PER_JOB', ['0', '1001']],
    ['DEDUPE_WINDOW_HOURS', ['0', '2161', '2 days']],
    ['REQUEST_TIMEOUT_MS', ['99', '120001']],
    ['RETRY_MAX_ATTEMPTS', ['0', '101']],
    ['RETRY_BASE_DELAY_MS', ['0', '600001']],
    ['RETRY_MAX_DELAY_MS', ['0', '86400001']],
    ['MAX_EVENT_AGE_HOURS', ['0', '505']],
    ['MAX_REQUESTS_PER_SECOND', ['0', '-1', 'fast']],
    ['MATCH_KEY_RULES', ['loose', 'standard,loose', 'standard,', 'standard,standard']],
    ['DEDUPE_ID_SHOPIFY', ['gid']],
    ['DEDUPE_ID_WOOCOMMERCE', ['name']],
    ['DEDUPE_ID_STRIPE', ['customer']],
    ['DEDUPE_ID_GA4', ['client_id']],
    ['DEFAULT_COUNTRY', ['Wonderland', 'UK']],
    ['INTAKE_PORT', ['65536', 'http']],
    ['CONSOLE_PORT', ['65536', 'x']],
    ['METRICS_PORT', ['65536']],
    ['AMAZON_ADS_ALLOW_HTTP', ['yes', '1']],
    ['KEEP_IP_ADDRESSES', ['yes', '1']],
    ['SHUTDOWN_TIMEOUT_MS', ['600001']],
    ['LOG_LEVEL', ['verbose']],
  ])('%s does not take any of %j', (name, texts) => {
    for (const text of texts) expect(faulty({ [name]: text })).toEqual([name]);
  });

  it('reports every fault at once, those between settings too', () => {
    expect(
      faulty({
        BATCH_MAX_EVENTS: '0',
        LOG_LEVEL: 'loud',
        LWA_CLIENT_SECRET_FILE: join(folder, 'none'),
        RETRY_BASE_DELAY_MS: '5000',
        RETRY_MAX_DELAY_MS: '4000',
      }),
    ).toEqual(['LWA_CLIENT_SECRET_FILE', 'BATCH_MAX_EVENTS', 'LOG_LEVEL', 'RETRY_MAX_DELAY_MS']);
  });
});

describe('relating settings', () => {
  it.each([
    ['RETRY_MAX_DELAY_MS', { RETRY_BASE_DELAY_MS: '5000', RETRY_MAX_DELAY_MS: '4999' }],
    ['SHUTDOWN_TIMEOUT_MS', { REQUEST_TIMEOUT_MS: '30000' }],
    ['SHUTDOWN_TIMEOUT_MS', { SHUTDOWN_TIMEOUT_MS: '9999' }],
    ['DEDUPE_WINDOW_HOURS', { DEDUPE_WINDOW_HOURS: '0.01' }],
    ['DEDUPE_WINDOW_HOURS', { DEDUPE_WINDOW_HOURS: '0.02', BATCH_LINGER_MS: '60000' }],
    ['AMAZON_ADS_ENDPOINT', { AMAZON_ADS_ENDPOINT: 'http://advertising-api.amazon.com' }],
    ['LWA_TOKEN_URL', { LWA_TOKEN_URL: 'http://api.amazon.com/auth/o2/token' }],
    ['LWA_TOKEN_URL', { LWA_TOKEN_URL: 'http://localhost.example/t' }],
    ['LWA_TOKEN_URL', { LWA_TOKEN_URL: 'http://127.0.0.1.example/t' }],
    ['LWA_TOKEN_URL', { LWA_TOKEN_URL: 'http://localhost@api.example/t' }],
    ['LWA_TOKEN_URL', { LWA_TOKEN_URL: 'http://sandbox:9090/t', AMAZON_ADS_ALLOW_HTTP: 'false' }],
  ])('%s is at fault in %j', (name, environment) => {
    expect(faulty(environment)).toEqual([name]);
  });

  it.each([
    [{ RETRY_BASE_DELAY_MS: '5000', RETRY_MAX_DELAY_MS: '5000' }],
    [{ REQUEST_TIMEOUT_MS: '25000' }],
    [{ DEDUPE_WINDOW_HOURS: '0.02' }],
    [{ LWA_TOKEN_URL: 'https://api.example/t', AMAZON_ADS_ENDPOINT: 'https://api.example' }],
    [{ LWA_TOKEN_URL: 'http://localhost:9090/t', AMAZON_ADS_ENDPOINT: 'http://127.0.0.1:9090' }],
    [{ LWA_TOKEN_URL: 'http://[::1]:9090/t', AMAZON_ADS_ENDPOINT: 'http://amazon.localhost' }],
    [{ LWA_TOKEN_URL: 'http://sandbox:9090/t', AMAZON_ADS_ALLOW_HTTP: 'true' }],
  ])('%j is fine', (environment) => {
    expect(faulty(environment)).toEqual([]);
  });

  it('does not judge a relation by a setting that is wrong itself', () => {
    expect(faulty({ RETRY_BASE_DELAY_MS: 'soon', RETRY_MAX_DELAY_MS: '1' })).toEqual(['RETRY_BASE_DELAY_MS']);
  });

  it('lets a claim outlive a linger, a token refresh and a request that is sent twice', () => {
    expect(claimLeaseMs({ BATCH_LINGER_MS: 1_000, REQUEST_TIMEOUT_MS: 10_000 })).toBeGreaterThan(
      1_000 + 10_000 + 2 * 10_000,
    );
  });
});

describe('keeping secrets', () => {
  it.each(SECRET_SETTINGS)('reads %s from a file, without the line’s end', (name) => {
    const secret = name === 'REDIS_URL' ? 'redis://:s3cret@localhost' : 's3cret';
    const settings = loadSettings({ [`${name}_FILE`]: fileWith(name, `${secret}\n`) });
    expect(settings).toMatchObject({ [name]: secret });
  });

  it.each(SECRET_SETTINGS)('says where the file of %s is missing or empty', (name) => {
    expect(faultsOf({ [`${name}_FILE`]: join(folder, 'none') })).toEqual([
      `${name}_FILE: ${join(folder, 'none')}: there is no such file or folder`,
    ]);
    expect(faultsOf({ [`${name}_FILE`]: fileWith('empty', ' \n') })).toEqual([
      `${name}_FILE: ${join(folder, 'empty')} is empty`,
    ]);
  });

  it('shows no value of any setting in a fault', () => {
    const path = fileWith('canary', `${CANARY}%`);
    const files = Object.fromEntries(SECRET_SETTINGS.map((name) => [`${name}_FILE`, path]));
    const values = Object.fromEntries(NAMES.map((name) => [name, CANARY]));
    expect(faultsOf({ ...values, ...files }).length).toBeGreaterThan(15);
    expect(faultsOf({ ...values, ...files }).join()).not.toContain('s3cret');
    expect(faultsOf({ REDIS_URL: `redis://:${CANARY}%@localhost` }).join()).not.toContain('s3cret');
  });
});

describe('reading .env', () => {
  it('goes beneath what is set in the process', () => {
    const home = process.cwd();
    const [known, ...added] = ['CAPI_TEST_KNOWN', 'CAPI_TEST_ADDED'] as const;
    process.env[known] = 'process';
    fileWith('.env', 'CAPI_TEST_KNOWN=file\nCAPI_TEST_ADDED=file\n');
    process.chdir(folder);
    try {
      expect(readEnvironment()).toMatchObject({ CAPI_TEST_KNOWN: 'process', CAPI_TEST_ADDED: 'file' });
    } finally {
      process.chdir(home);
      for (const name of [known, ...added]) delete process.env[name];
    }
  });
});

describe('acknowledging by replicas', () => {
  it.each([
    ['redis://a', 'auto', 0],
    ['rediss://a', 'auto', 0],
    ['redis+sentinel://a/main', 'auto', 1],
    ['rediss+cluster://a', 'auto', 1],
    ['redis://a', '2', 2],
    ['redis+sentinel://a/main', '0', 0],
  ])('%s with %s waits for %d', (REDIS_URL, REDIS_ACK_REPLICAS, replicas) => {
    const settings = loadSettings({ REDIS_URL, REDIS_ACK_REPLICAS });
    expect(acknowledgementOf(settings)).toEqual({ replicas, timeoutMs: 1_000 });
  });

  it('ends before the command is given up', () => {
    expect(faulty({ REDIS_ACK_TIMEOUT_MS: '2000' })).toEqual(['REDIS_ACK_TIMEOUT_MS']);
    expect(faulty({ REDIS_ACK_TIMEOUT_MS: '1999' })).toEqual([]);
    expect(faulty({ REDIS_ACK_REPLICAS: 'some' })).toEqual(['REDIS_ACK_REPLICAS']);
  });
});

describe('showing settings in .env.example', () => {
  const lines = readFileSync('.env.example', 'utf8').split('\n');
  const shown = lines.flatMap((line, index) => {
    const [, name, value] = /^#([A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [{ name, value, before: lines[index - 1] }];
  });

  it('lists every setting once, and the file of every secret', () => {
    const names = shown.map(({ name }) => name);
    expect(names.toSorted()).toEqual([...NAMES, ...SECRET_SETTINGS.map((name) => `${name}_FILE`)].toSorted());
  });

  it('sets nothing by itself', () => {
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  it('shows each default', () => {
    const defaults = Object.entries(loadSettings({})).map(([name, value]) => [name, String(value)]);
    const values = shown.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]);
    expect(Object.fromEntries(values)).toEqual(Object.fromEntries(defaults));
  });

  it.each(Object.entries(settingsSchema.shape))('says what %s means, and its unit', (name, schema) => {
    expect(schema.description).toMatch(/\w/);
    expect(shown.find((setting) => setting.name === name)?.before).toBe(`# ${schema.description}`);
    if (name.endsWith('_MS')) expect(schema.description).toContain('milliseconds');
    if (name.endsWith('_HOURS')) expect(schema.description).toContain('hours');
  });
});
