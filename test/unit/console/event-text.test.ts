import { describe, expect, it } from 'vitest';
import { readEventText, versionOf } from '../../../src/console/event-text.js';
import { conversionPayload, eventOf } from '../../support/events.js';

describe('reading an event that a person typed', () => {
  it('gives what was typed', () => {
    const draft = conversionPayload();
    expect(readEventText(JSON.stringify(draft, null, 2))).toEqual({ ok: true, draft });
  });

  it.each([
    ['{"a": 1,\n  "b": }', 'is not JSON: error at line 2, column 8'],
    ['{"a": 1', 'is not JSON: error at line 1, column 8'],
    ['', 'is not JSON: error at line 1, column 1'],
    ['[]', 'is not one event: it must be an object in { }'],
    ['null', 'is not one event: it must be an object in { }'],
  ])('says of %j what is wrong and where', (text, message) => {
    expect(readEventText(text)).toEqual({ ok: false, issues: [{ path: '', message }] });
  });

  it('quotes nothing of a text that is not JSON: it may hold a person’s address', () => {
    expect(JSON.stringify(readEventText('{"e": test.user@example.com}'))).not.toContain('test.user');
  });

  it('tells one version of an event from another', () => {
    const event = eventOf('order-1');
    expect(versionOf({ ...event })).toBe(versionOf(event));
    expect(versionOf({ ...event, countryCode: 'CA' })).not.toBe(versionOf(event));
  });
});
