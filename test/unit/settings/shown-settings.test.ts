import { format, inspect } from 'node:util';
import { expect, it } from 'vitest';
import { loadSettings } from '../../../src/settings/config.js';
import { SECRET_SETTINGS } from '../../../src/settings/settings-schema.js';
import { hideSecrets } from '../../../src/settings/shown-settings.js';

const CANARY = 'canary-s3cret';

it('no way of printing the settings shows a secret; reading one still gives it', () => {
  const secrets = Object.fromEntries(
    SECRET_SETTINGS.map((name) => [name, name === 'REDIS_URL' ? `redis://:${CANARY}@a` : CANARY]),
  );
  const settings = hideSecrets(loadSettings({ ...secrets, AMAZON_ADS_REGION: 'EU' }));
  for (const shown of [
    JSON.stringify(settings),
    JSON.stringify({ deep: [settings] }),
    inspect(settings, { depth: null, showHidden: true }),
    inspect({ deep: [settings] }, { depth: null }),
    format('%o %O %j', settings, settings, settings),
  ]) {
    expect(shown).not.toContain(CANARY);
    for (const name of SECRET_SETTINGS) expect(shown).toMatch(new RegExp(`${name}\\W+\\(set\\)`));
    expect(shown).toMatch(/AMAZON_ADS_REGION\W+EU/);
  }
  for (const name of SECRET_SETTINGS) expect(JSON.stringify([settings[name]])).toContain(CANARY);
  expect(JSON.stringify(hideSecrets(loadSettings({})))).not.toContain('LWA_CLIENT_SECRET');
});
