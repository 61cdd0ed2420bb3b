import { describe, expect, it } from 'vitest';
import { readImportedLetter } from '../../../src/dead-letters/imported-letter.js';
import { checkEvent } from '../../../src/dead-letters/operations/edit.js';
import type { MappingContext } from '../../../src/mapping/context.js';
import { mapPayload, type Source } from '../../../src/mapping/source.js';
import { contextAt, conversionPayload, eventOf, orderOf } from '../../support/events.js';
import { letterWith } from '../../support/letters.js';

const IP = '203.0.113.77';
const geo = { ipAddress: IP };

function mapOne(source: Source, payload: object, overrides: Partial<MappingContext> = {}) {
  const [mapped] = mapPayload(source, payload, contextAt(Date.now(), overrides));
  return mapped;
}

const payloads: readonly (readonly [Source, (consent: object) => object])[] = [
  ['conversion', (consent) => conversionPayload({ timestamp: new Date().toISOString(), consent })],
  ['order', (consent) => orderOf({ consent })],
];

describe.each(payloads)('an IP address as a consent signal, source %s', (source, payload) => {
  it.each([{ amazonConsent: { amznUserData: 'GRANTED' } }, { tcf: 'CPcanaryString' }, { gpp: 'DBABTA~1YNN' }])(
    'is left out where there is another: %j',
    (others) => {
      const mapped = mapOne(source, payload({ ...others, geo }));
      expect(mapped).toMatchObject({ ok: true, event: { consent: others } });
      expect(JSON.stringify(mapped)).not.toContain(IP);
    },
  );

  it('beside a signal that is there without a value is alone', () => {
    const mapped = mapOne(source, payload({ geo, tcf: undefined, gpp: undefined }));
    expect(mapped).toMatchObject({ ok: false, reason: 'unsupported', issues: [{ path: 'consent.geo.ipAddress' }] });
  });

  it.each([true, false])('alone is refused, and says what to send (an EU account: %s)', (isConsentRequired) => {
    const mapped = mapOne(source, payload({ geo }), { isConsentRequired });
    expect(mapped).toMatchObject({
      ok: false,
      reason: 'unsupported',
      issues: [{ path: 'consent.geo.ipAddress', message: expect.stringContaining('amazonConsent, tcf or gpp') }],
    });
    expect(JSON.stringify(mapped)).not.toContain(IP);
  });

  it('stays where the settings keep it', () => {
    const consent = { geo, tcf: 'CPcanaryString' };
    expect(mapOne(source, payload(consent), { isIpAddressKept: true })).toMatchObject({ ok: true, event: { consent } });
    expect(mapOne(source, payload({ geo }), { isIpAddressKept: true })).toMatchObject({ ok: true });
  });

  it('is not told by an explanation', () => {
    const mapped = mapOne(source, payload({ geo, tcf: 'CPcanaryString' }), { isExplained: true });
    expect(JSON.stringify(mapped)).not.toContain(IP);
  });
});

describe('an IP address in a dead letter', () => {
  const event = (consent: object) => ({ ...eventOf('a'), consent });
  const read = (letter: object, overrides: Partial<MappingContext> = {}) =>
    readImportedLetter(JSON.stringify(letter), 'default', contextAt(Date.now(), overrides));

  it('is not kept by a correction', () => {
    expect(checkEvent(event({ geo, gpp: 'DBABTA~1YNN' }), contextAt(Date.now()))).toMatchObject({
      ok: true,
      event: { consent: { gpp: 'DBABTA~1YNN' } },
    });
    expect(checkEvent(event({ geo }), contextAt(Date.now()))).toMatchObject({ ok: false });
  });

  it('is not brought in by an import', () => {
    const letter = { ...letterWith(), event: event({ geo, gpp: 'DBABTA~1YNN' }), original: event({ geo }) };
    expect(JSON.stringify(read(letter))).not.toContain(IP);
    expect(read(letter)).toMatchObject({
      letter: { event: { consent: { gpp: 'DBABTA~1YNN' } }, original: { name: 'purchase' } },
    });
    expect(read({ ...letter, original: event({ geo, tcf: 'C' }) })).toMatchObject({
      letter: { original: { consent: { tcf: 'C' } } },
    });
    expect(read({ ...letterWith(), event: event({ geo }) })).toEqual({
      why: expect.stringContaining('event.consent.geo.ipAddress would rest in plain text'),
    });
    expect(read(letter, { isIpAddressKept: true })).toMatchObject({ letter: { event: { consent: { geo } } } });
  });
});
