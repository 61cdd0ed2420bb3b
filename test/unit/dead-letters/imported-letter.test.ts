import { describe, expect, it } from 'vitest';
import { readImportedLetter } from '../../../src/dead-letters/imported-letter.js';
import type { DeadLetter } from '../../../src/dead-letters/letter.js';
import { contextAt, eventOf } from '../../support/events.js';
import { letterWith } from '../../support/letters.js';

const read = (letter: object) => readImportedLetter(JSON.stringify(letter), 'default', contextAt(Date.now()));
const whyOf = (letter: object) => {
  const result = read(letter);
  return 'why' in result ? result.why : undefined;
};
const letterOf = (event: object, more: object = {}) => ({
  ...letterWith(),
  event: { ...eventOf('a'), ...event },
  ...more,
});

describe('reading a letter that is imported', () => {
  it('takes what export wrote, as it is', () => {
    const letter: DeadLetter = { ...letterWith(), original: eventOf('a'), history: [] };
    expect(read(letter)).toEqual({ letter });
  });

  it.each([
    [{ currencyCode: 'XXXX' }, 'event.currencyCode is not an ISO 4217 currency'],
    [{ name: 'kim@example.com' }, 'event.name holds a character that Amazon refuses in names'],
    [{ timestamp: '2026-13-40T00:00:00Z' }, 'event is no event'],
    [{ eventType: 'NONSENSE' }, 'event.eventType must be one of'],
    [{ clientDedupeId: 'a\u001b[2J' }, 'event.clientDedupeId holds control characters'],
    [{ matchKeys: [] }, 'event.matchKeys must hold 1 to 15 entries'],
    [{ matchKeys: {} }, 'event is no event'],
    [{ matchKeys: [{ type: 'EMAIL' }] }, 'event is no event'],
    [{ email: 'kim@example.com' }, 'event.email is not a field of this format'],
    [{ consent: { geo: { ipAddress: 'kim' } } }, 'event.consent.geo.ipAddress must be an IP address'],
  ])('refuses the event with %j, by its path', (event, why) => {
    expect(whyOf(letterOf(event))).toContain(why);
    expect(whyOf(letterOf(event))).not.toContain('kim');
  });

  it('names every fault of a letter', () => {
    const why = whyOf(letterOf({ currencyCode: 'XXXX', countryCode: 'XX' }, { source: '\u001b[31m' }));
    for (const path of ['event.currencyCode', 'event.countryCode', 'source']) expect(why).toContain(path);
  });

  it.each([
    [{ reason: 'nonsense' }, 'reason'],
    [{ diedAt: 1e300 }, 'diedAt'],
    [{ diedAt: -1 }, 'diedAt'],
    [{ enqueuedAt: 'yesterday' }, 'enqueuedAt'],
    [{ answer: { message: 'x'.repeat(10_001) } }, 'answer'],
    [{ history: [{ reason: 'rejected', diedAt: 1e300, attempts: 1, answer: {} }] }, 'history[0].diedAt'],
    [{ id: '../../etc' }, 'id'],
    [{ original: 7 }, 'original'],
    [{ v: 2 }, 'v'],
  ])('refuses a letter with %j, by its path', (fields, path) => {
    expect(whyOf({ ...letterWith(), ...fields })).toContain(path);
  });

  it.each(['', 'no JSON', '7', 'null', '[]', '{}', '{"event":null}'])('refuses the line %j', (line) => {
    expect(readImportedLetter(line, 'default', contextAt(Date.now()))).toHaveProperty('why');
  });

  it('hashes what somebody typed, and checks it just so', () => {
    const matchKeys = [{ type: 'EMAIL', values: ['kim@example.com'] }];
    const result = read(letterOf({ matchKeys }));
    expect(JSON.stringify(result)).not.toContain('kim');
    expect(result).toHaveProperty('letter');
    expect(whyOf(letterOf({ matchKeys, countryCode: 'XX' }))).toContain('event.countryCode');
  });

  it('keeps no original with plaintext, and refuses one that breaks a rule', () => {
    const plain = { ...eventOf('a'), matchKeys: [{ type: 'EMAIL', values: ['kim@example.com'] }] };
    const result = read({ ...letterWith(), original: plain });
    expect('letter' in result && result.letter.original).toBeUndefined();
    expect(JSON.stringify(result)).not.toContain('kim');
    expect(whyOf({ ...letterWith(), original: { ...eventOf('a'), currencyCode: 'XXXX' } })).toContain(
      'original.currencyCode',
    );
  });
});
