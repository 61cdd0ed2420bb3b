import { describe, expect, it } from 'vitest';
import { checkEvent } from '../../../src/console/event-text.js';
import { contextAt, conversionPayload, EMAIL_DIGEST } from '../../support/events.js';

const check = (value: unknown) => checkEvent(typeof value === 'string' ? value : JSON.stringify(value), contextAt());
const faultsOf = (value: unknown) => {
  const checked = check(value);
  return checked.ok ? [] : checked.issues.map(({ path, message }) => `${path} ${message}`.trim());
};

describe('checking an event that a person typed', () => {
  it('hashes a match key that was typed raw', () => {
    expect(check(conversionPayload())).toMatchObject({
      ok: true,
      event: { matchKeys: [{ type: 'EMAIL', values: [EMAIL_DIGEST] }] },
    });
  });

  it('does not judge its age: that is the worker’s', () => {
    expect(check(conversionPayload({ timestamp: '2026-01-01T00:00:00Z' })).ok).toBe(true);
  });

  it('names every fault at its path', () => {
    expect(faultsOf(conversionPayload({ countryCode: 'XX', value: 1.234, extra: 1 }))).toEqual([
      'countryCode is not an ISO 3166-1 alpha-2 country',
      'value has more than 2 decimals',
      'extra is not a field of this format: remove it or check its spelling',
    ]);
  });

  it.each([
    ['{"a": 1,\n  "b": }', 'is not JSON: it goes wrong at line 2, column 8'],
    ['{"a": 1', 'is not JSON: it goes wrong at line 1, column 8'],
    ['', 'is not JSON: it goes wrong at line 1, column 1'],
    ['[]', 'is not one event: it must be an object in { }'],
    ['null', 'is not one event: it must be an object in { }'],
  ])('%j', (text, fault) => expect(faultsOf(text)).toEqual([fault]));

  it('quotes nothing of a text that is not JSON: it may hold a person’s address', () => {
    expect(faultsOf('{"e": test.user@example.com}').join()).not.toContain('test.user');
  });
});
