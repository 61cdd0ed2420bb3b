import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correctionSchema, editEvent, parseEdit } from '../../../../src/dead-letters/operations/edit.js';
import type { ConversionEvent } from '../../../../src/mapping/event.js';
import { contextAt, EMAIL_DIGEST, eventOf } from '../../../support/events.js';

const EVENT: ConversionEvent = eventOf('order-1', {
  timestamp: '2026-11-20T10:00:00.000Z',
  matchKeys: [
    { type: 'EMAIL', values: [EMAIL_DIGEST] },
    { type: 'PHONE', values: ['0'.repeat(64)] },
  ],
});

const edit = (texts: readonly string[], event = EVENT) => editEvent(event, texts.map(parseEdit), contextAt());

function edited(...texts: string[]): ConversionEvent {
  const result = edit(texts);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.event;
}

function issuePaths(...texts: string[]): string[] {
  const result = edit(texts);
  return result.ok ? [] : result.issues.map(({ path }) => path);
}

describe('reading corrections', () => {
  it.each([
    ['countryCode=US', ['countryCode'], 'US'],
    ['value=12.5', ['value'], 12.5],
    ['name="12"', ['name'], '12'],
    ['name=a=b', ['name'], 'a=b'],
    ['matchKeys[0].values[0]=x', ['matchKeys', 0, 'values', 0], 'x'],
    ['matchKeys.0.type=PHONE', ['matchKeys', 0, 'type'], 'PHONE'],
    ['consent={"tcf":"CPXxRfAPXxRfA"}', ['consent'], { tcf: 'CPXxRfAPXxRfA' }],
    ['consent={"tcf"', ['consent'], '{"tcf"'],
    ['consent=', ['consent'], undefined],
    ['name=two\nlines', ['name'], 'two\nlines'],
  ])('%j', (text, path, value) => {
    expect(parseEdit(text)).toEqual({ path, value });
  });

  it.each(['', 'countryCode', '=US'])('refuses %j', (text) => {
    expect(() => parseEdit(text)).toThrow(`--set takes path=value, not "${text}"`);
  });
});

describe('correcting an event', () => {
  it('changes what is named and nothing else, not even the letter’s own event', () => {
    const before = structuredClone(EVENT);
    expect(edited('countryCode=DE', 'currencyCode=eur', 'consent={"tcf":"CPXxRfAPXxRfA"}')).toEqual({
      ...EVENT,
      countryCode: 'DE',
      currencyCode: 'EUR',
      consent: { tcf: 'CPXxRfAPXxRfA' },
    });
    expect(EVENT).toEqual(before);
  });

  it('without corrections leaves the event as it is', () => {
    expect(edit([])).toEqual({ ok: true, event: EVENT });
  });

  it('removes a field', () => {
    expect(JSON.stringify(edited('value=', 'currencyCode='))).not.toMatch(/value"|currencyCode/);
    // As the record of an operation keeps it.
    const kept: unknown = JSON.parse(JSON.stringify(parseEdit('value=')));
    expect(correctionSchema.safeParse(kept)).toMatchObject({ success: true, data: { path: ['value'] } });
  });

  it('removes an entry of a list', () => {
    expect(edited('matchKeys[1]=').matchKeys).toEqual(EVENT.matchKeys.slice(0, 1));
    expect(edited('matchKeys[0]=').matchKeys).toEqual(EVENT.matchKeys.slice(1));
  });

  it('adds an entry to a list', () => {
    const added = { type: 'MAID', values: ['CDDA802E-FB9C-47AD-9866-0794D394C912'] };
    expect(edited(`matchKeys[2]=${JSON.stringify(added)}`).matchKeys).toEqual([...EVENT.matchKeys, added]);
  });

  it('hashes a raw match key before it can go anywhere', () => {
    expect(edited('matchKeys[0].values[0]=Test.User@Example.com').matchKeys[0]?.values).toEqual([EMAIL_DIGEST]);
  });

  it('leaves the age of the event to the worker', () => {
    expect(edited('timestamp=2020-01-01T00:00:00Z').timestamp).toBe('2020-01-01T00:00:00.000Z');
  });

  it.each([
    ['countryCode=Wonderland', 'countryCode'],
    ['countryCode=', 'countryCode'],
    ['contryCode=US', 'contryCode'],
    ['value=much', 'value'],
    ['eventType=LEAD', 'currencyCode'],
    ['timestamp=9990-01-01T00:00:00Z', 'timestamp'],
    ['clientDedupeId=anna@example.com', 'clientDedupeId'],
  ])('refuses %s', (text, path) => {
    expect(issuePaths(text)).toEqual([path]);
  });

  it.each([
    'consent.tcf=C',
    'matchKeys[5].type=EMAIL',
    'matchKeys[4000000000]=1',
    'matchKeys.length=0',
    'name.first=Anna',
    'toString.x=1',
    '...=1',
    '__proto__.x=1',
    'matchKeys.__proto__.x=1',
    'constructor.prototype.x=1',
  ])('refuses %s, which does not exist in the event', (text) => {
    expect(edit([text])).toMatchObject({ ok: false, issues: [{ message: 'does not exist in this event' }] });
    expect(Object.prototype).not.toHaveProperty('x');
  });

  it('gives an event or says why not, whatever is asked', () => {
    const parts = fc.constantFrom(
      'matchKeys',
      'values',
      'consent',
      'geo',
      'type',
      'value',
      'length',
      'at',
      '__proto__',
    );
    const paths = fc.array(fc.oneof(parts, fc.nat(), fc.string()), { maxLength: 4 });
    const edits = fc.record({ path: paths, value: fc.oneof(fc.jsonValue(), fc.constant(undefined)) });
    fc.assert(
      fc.property(fc.array(edits, { minLength: 1, maxLength: 3 }), (given) => {
        const result = editEvent(EVENT, given, contextAt());
        expect(result.ok || result.issues.length > 0).toBe(true);
      }),
    );
  });
});
