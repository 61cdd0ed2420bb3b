import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COUNTED, marksOf } from '../../../src/coverage/marks.js';
import { CoverageTally, TallyReader } from '../../../src/coverage/tally.js';
import type { ConversionEvent } from '../../../src/mapping/event.js';
import { MATCH_KEY_TYPES } from '../../../src/mapping/match-key.js';
import { eventOf } from '../../support/events.js';

const namesOf = (event: ConversionEvent) => COUNTED.filter((_, place) => (marksOf(event) >> place) & 1);
const keyOf = (type: (typeof MATCH_KEY_TYPES)[number], value = 'x') => ({ type, values: [value] as [string] });

describe('marking what an event carries', () => {
  it('marks each type of match key once, however many there are', () => {
    const matchKeys = [keyOf('EMAIL', 'a'), keyOf('EMAIL', 'b'), keyOf('PHONE'), keyOf('FIP')];
    expect(namesOf(eventOf('a', { matchKeys }))).toEqual(['EMAIL', 'PHONE', 'FIP', 'none', 'purchase']);
  });

  it('has a mark of its own for every type', () => {
    expect(namesOf(eventOf('a', { matchKeys: MATCH_KEY_TYPES.map((type) => keyOf(type)) }))).toEqual([
      ...MATCH_KEY_TYPES,
      'none',
      'purchase',
    ]);
  });

  it.each([
    ['nothing', undefined, 'none'],
    ['both granted', { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' } }, 'given'],
    ['user data granted alone', { amazonConsent: { amznUserData: 'GRANTED' } }, 'given'],
    ['user data denied', { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'DENIED' } }, 'denied'],
    ['ad storage denied', { amazonConsent: { amznAdStorage: 'DENIED', amznUserData: 'GRANTED' } }, 'denied'],
    ['a TCF string', { tcf: 'CP' }, 'signal'],
    ['a GPP string', { gpp: 'DB' }, 'signal'],
    ['an IP address', { geo: { ipAddress: '203.0.113.1' } }, 'signal'],
    ['a TCF string beside Amazon’s fields', { tcf: 'CP', amazonConsent: { amznUserData: 'GRANTED' } }, 'signal'],
    [
      'an address beside them',
      { geo: { ipAddress: '203.0.113.1' }, amazonConsent: { amznUserData: 'GRANTED' } },
      'given',
    ],
  ] as const)('%s is consent %s', (_, consent, state) => {
    expect(namesOf(eventOf('a', { consent }))).toEqual(['EMAIL', state, 'purchase']);
  });
});

it('marks purchases, and no other events', () => {
  expect(namesOf(eventOf('a', { eventType: 'PAGE_VIEW' }))).toEqual(['EMAIL', 'none']);
});

describe('tallying', () => {
  it('gives each reader every count once, whatever is read and passed on in between', () => {
    const step = fc.oneof(
      fc.record({ source: fc.constantFrom('stripe', 'ga4'), places: fc.uniqueArray(fc.nat(COUNTED.length - 1)) }),
      fc.constantFrom('read', 'read and pass on'),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const tally = new CoverageTally();
        const reader = new TallyReader(tally);
        const given = new Map<string, number>();
        const passedOn = new Map<string, number>();
        const add = (counts: Map<string, number>, name: string, count = 1) =>
          counts.set(name, (counts.get(name) ?? 0) + count);
        const passOn = () => {
          const gains = reader.read();
          for (const { source, name, count } of gains) add(passedOn, `${source} ${name}`, count);
          reader.notePassedOn(gains);
        };
        for (const one of steps) {
          if (one === 'read') reader.read();
          else if (one === 'read and pass on') passOn();
          else {
            tally.add(
              one.source,
              one.places.reduce((marks, place) => marks | (1 << place), 0),
            );
            for (const place of one.places) add(given, `${one.source} ${COUNTED[place]}`);
          }
        }
        passOn();
        expect(passedOn).toEqual(given);
        expect(reader.read()).toEqual([]);
      }),
    );
  });
});
