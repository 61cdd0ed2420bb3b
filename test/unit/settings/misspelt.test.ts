import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadSettings, SettingsError } from '../../../src/settings/config.js';
import { misspeltFaults } from '../../../src/settings/misspelt.js';
import { SECRET_SETTINGS, settingsSchema } from '../../../src/settings/settings-schema.js';

const SETTINGS = Object.keys(settingsSchema.shape);

describe('naming a misspelt setting', () => {
  it.each([
    ['LWA_CLIENT_SECERT', 'LWA_CLIENT_SECRET'],
    ['LWA_CLIENT_SECRETS_FILE', 'LWA_CLIENT_SECRET_FILE'],
    ['BATCH_MAX_EVENT', 'BATCH_MAX_EVENTS'],
    ['AMAZON_ADS_PROFILEID', 'AMAZON_ADS_PROFILE_ID'],
    ['REDIS_URI', 'REDIS_URL'],
    ['redis_url', 'REDIS_URL'],
  ])('%s: did you mean %s?', (name, meant) => {
    expect(misspeltFaults({ [name]: 'canary' })).toEqual([`${name}: did you mean ${meant}?`]);
  });

  it('knows each setting, and the file of each secret, whichever stands alone', () => {
    for (const name of [...SETTINGS, ...SECRET_SETTINGS.map((secret) => `${secret}_FILE`)]) {
      expect(misspeltFaults({ [name]: 'x' })).toEqual([]);
    }
  });

  it.each(SETTINGS)('a character of %s too many, missing, wrong or swapped is found', (name) => {
    const swapped = `${name.slice(0, 3)}${name[4]}${name[3]}${name.slice(5)}`;
    for (const slip of [`${name}X`, name.slice(0, -1), `${name.slice(0, -1)}#`, swapped].filter(
      (one) => one !== name,
    )) {
      expect(misspeltFaults({ [slip]: 'x' })).toEqual([expect.stringMatching(/did you mean \w+\?$/)]);
    }
  });

  it('says that only secrets are read from files', () => {
    expect(misspeltFaults({ LWA_CLIENT_ID_FILE: '/run/secrets/id' })).toEqual([
      'LWA_CLIENT_ID_FILE: only secrets are read from files: set LWA_CLIENT_ID',
    ]);
    expect(misspeltFaults({ LWA_CLIENT_ID_FILE: '/run/secrets/id', LWA_CLIENT_ID: 'c' })).toEqual([]);
  });

  it('leaves alone what platforms and other programs set, what is empty, and what stands beside the right name', () => {
    const others = [
      'PATH',
      'HOME',
      'REDIS_TLS_URL',
      'REDIS_PORT',
      'REDIS_HOST',
      'PORT',
      'LOG_FORMAT',
      'SHOPIFY_API_KEY',
    ];
    const theirs = [
      ...others,
      'INTAKE_SERVICE_HOST',
      'INTAKE_PORT_8080_TCP',
      'AWS_REGION',
      'STRIPE_SECRET_KEY',
      'OTEL_LOG_LEVEL',
    ];
    expect(misspeltFaults(Object.fromEntries(theirs.map((name) => [name, 'x'])))).toEqual([]);
    expect(misspeltFaults({ REDIS_URI: 'x', REDIS_URL: 'redis://x' })).toEqual([]);
    expect(misspeltFaults({ REDIS_URI: '', LOG_LEVL: undefined })).toEqual([]);
  });

  it('finds nothing in .env.example and in the compose file', () => {
    expect(misspeltFaults(parseEnv(readFileSync('.env.example', 'utf8').replaceAll(/^# ?(?=[A-Z_]+=)/gm, '')))).toEqual(
      [],
    );
    const compose = readFileSync('docker-compose.yml', 'utf8').matchAll(/^\s+([A-Z][A-Z_]+):/gm);
    expect(misspeltFaults(Object.fromEntries([...compose].map(([, name = '']) => [name, 'x'])))).toEqual([]);
  });

  it('is reported with the other faults', () => {
    try {
      loadSettings({ LWA_CLIENT_SECERT: 'canary', BATCH_MAX_EVENTS: '501', AMAZON_ADS_REGION: 'US' });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      expect((error as SettingsError).faults).toEqual([
        'LWA_CLIENT_SECERT: did you mean LWA_CLIENT_SECRET?',
        'AMAZON_ADS_REGION: must be NA, EU or FE',
        'BATCH_MAX_EVENTS: must be between 1 and 500',
      ]);
    }
  });
});
