import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wireOf } from '../../../src/amazon/wires/wire-of.js';
import { makeTestEvent, TEST_ADDRESS, TEST_EVENT_NAME, TEST_ID_PREFIX } from '../../../src/checks/test-event.js';
import { PURCHASE } from '../../../src/mapping/event.js';
import { hashMatchKey, MATCH_KEY_RULES } from '../../../src/mapping/match-key.js';
import { mapPayload } from '../../../src/mapping/source.js';
import { WIRES } from '../../../src/settings/account-entry.js';
import { contextAt, NOW_MS } from '../../support/events.js';
import { ROOT } from '../../support/scratch.js';

const REGIONS = ['NA', 'EU', 'FE'] as const;

it.each(REGIONS)(
  'the test event of region %s is one that the intake accepts as it is, with consent required',
  (region) => {
    const event = makeTestEvent({ region }, { nowMs: NOW_MS, random: '1a2b3c4d' });
    const [mapped] = mapPayload('conversion', event, contextAt(NOW_MS, { isConsentRequired: true }));
    expect(mapped).toEqual({ ok: true, event });
  },
);

it('is marked by its name and its id, is no sale, and nobody consented to it', () => {
  const event = makeTestEvent({ region: 'EU' }, { nowMs: NOW_MS, random: '1a2b3c4d', country: 'GB' });
  expect(event).toMatchObject({
    name: TEST_EVENT_NAME,
    countryCode: 'GB',
    clientDedupeId: `${TEST_ID_PREFIX}20261120T120000Z-1a2b3c4d`,
    consent: { amazonConsent: { amznAdStorage: 'DENIED', amznUserData: 'DENIED' } },
  });
  expect(event.eventType).not.toBe(PURCHASE);
  expect(event).not.toHaveProperty('value');
  for (const wire of WIRES) expect(wireOf(wire).encode(event)).toContain(TEST_EVENT_NAME);
});

it.each(MATCH_KEY_RULES)('its match key is the same under %s, and an address that can never exist', (rules) => {
  const { matchKeys } = makeTestEvent({ region: 'NA' }, { nowMs: NOW_MS, random: '0' });
  expect(matchKeys).toEqual([{ type: 'EMAIL', values: [hashMatchKey('EMAIL', TEST_ADDRESS, 'US', rules)] }]);
  expect(TEST_ADDRESS).toMatch(/\.invalid$/);
});

describe('docs/amazon.md', () => {
  const page = readFileSync(join(ROOT, 'docs', 'amazon.md'), 'utf8');

  it('says how a test event is known', () => {
    for (const mark of [TEST_EVENT_NAME, TEST_ID_PREFIX, TEST_ADDRESS]) expect(page).toContain(`\`${mark}\``);
  });

  it('explains every answer in the words that the check uses', () => {
    const words = ['accepted', 'refuses the event', 'refuses the credentials', 'forbids it', 'takes no events there'];
    const judging = readFileSync(join(ROOT, 'src', 'checks', 'judge-test.ts'), 'utf8');
    for (const word of [...words, 'no known form', 'no answer', 'server error']) {
      expect(judging).toContain(word);
      expect(page).toMatch(new RegExp(`^ +\\|[^|]*${word}`, 'm'));
    }
  });
});
