import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../../src/mapping/event.js';
import { type JobContent, readJob } from '../../../src/queue/read-job.js';
import { conversionPayload, EMAIL_DIGEST, entryOf, eventOf, NOW_MS, queued } from '../../support/events.js';

const ADDED_AT = NOW_MS - 5_000;
/** What could be taken for the end of a text or of an entry. */
const NASTY = fc.constantFrom('a', '"', '\\', '{', '}', ',', '{"event":{', 'é', '😀');

const readText = (text: string): JobContent => readJob(text, ADDED_AT, 'standard');
/** As a worker does whose wire sends events as they rest. */
const readForPassingOn = (data: unknown): JobContent => readJob(JSON.stringify(data), ADDED_AT, 'standard', true);
const read = (data: unknown): JobContent => readText(JSON.stringify(data));

/** What was read, its events whole again. */
function eventsOf(content: JobContent) {
  if (content.kind !== 'events') throw new Error('the job cannot be read');
  const entries = content.entries.map((held) => held && entryOf(held));
  return { ...content, entries };
}

/** The first event of a job that somebody else wrote. */
function readForeign(entry: unknown) {
  return eventsOf(read({ v: 1, events: [entry] })).entries[0];
}

describe('reading a job of our producers', () => {
  it('takes its events as they are', () => {
    const entries = [queued(eventOf('a')), queued(eventOf('b'), { attempts: 3, isMaybeDelivered: true })];
    const content = read({ v: 1, isCounted: true, events: entries });
    expect(eventsOf(content)).toEqual({ kind: 'events', isCounted: true, entries, unreadable: [] });
  });

  it.each([null, 3, 'text', [], {}, { event: {} }, { enqueuedAt: 1 }, { event: null, enqueuedAt: 1 }])(
    'keeps the text of an entry %j',
    (entry) => {
      const good = queued(eventOf('a'));
      const { entries, unreadable } = eventsOf(read({ v: 1, isCounted: true, events: [entry, good] }));
      expect(entries).toEqual([undefined, good]);
      expect(unreadable).toEqual([{ place: 0, raw: JSON.stringify(entry) }]);
    },
  );
});

const EVENT = eventOf('a');
const FULL = { ...EVENT, value: 1, currencyCode: 'EUR', unitsSold: 1, matchKeys: EVENT.matchKeys };

const pack = (events: readonly object[]) => ({ v: 1, isCounted: true, source: 'ga4', enqueuedAt: 7, events });
const textsOf = (content: JobContent) => (content.kind === 'events' ? content.entries.map((held) => held?.text) : []);

/** What is known of the events without reading them whole. */
function headsOf(content: JobContent) {
  if (content.kind !== 'events') throw new Error('the job cannot be read');
  return content.entries.map((held) => held && { ...held, text: undefined, event: undefined });
}

const YEAR_0 = new Date('0000-01-01T00:00:00Z');

describe('reading a packed job', () => {
  it('gives each event the source and the time of the job, and its text as it lies there', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: NASTY }), { minLength: 1, maxLength: 5 }), (names) => {
        // Names hold quotes, brackets, and now and then what an entry starts with.
        const events = names.map((name, place) => eventOf(`id-${place}`, { name: `${name}{"event":{"}},${name}` }));
        const content = readForPassingOn(pack(events.map((event) => ({ event }))));
        expect(eventsOf(content).entries).toEqual(events.map((event) => ({ event, source: 'ga4', enqueuedAt: 7 })));
        expect(textsOf(content)).toEqual(events.map((event) => JSON.stringify(event)));
      }),
      { numRuns: 30 },
    );
  });

  it('knows of an event what the whole of it would say, whatever the event holds', () => {
    const texts = fc.string({ unit: NASTY, minLength: 1, maxLength: 9 });
    const cents = fc.integer({ min: -1_000, max: 1_000_000 }).map((number) => number / 100);
    const changes = fc.record(
      {
        name: texts,
        clientDedupeId: fc.oneof({ weight: 3, arbitrary: fc.constant('order-1') }, texts),
        // Nearly all with four digits to the year, as our producer writes them.
        timestamp: fc
          .oneof(
            { weight: 9, arbitrary: fc.date({ min: YEAR_0, max: new Date('9999-12-31'), noInvalidDate: true }) },
            fc.date({ noInvalidDate: true }),
          )
          .map((date) => date.toISOString()),
        eventType: fc.constantFrom(...EVENT_TYPES),
        value: fc.oneof({ weight: 5, arbitrary: cents }, fc.constantFrom(0, -0.01, 1e21, 1e-7)),
        currencyCode: fc.constantFrom('EUR', 'USD'),
        unitsSold: fc.nat(),
      },
      { requiredKeys: [] },
    );
    const consents = fc.constantFrom({ tcf: 'C' }, { geo: { ipAddress: '1.2.3.4' } }, undefined);
    let cutOut = 0;
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 3 }), consents, (many, consent) => {
        const data = pack(many.map((change) => ({ event: Object.assign({}, FULL, change, { consent }) })));
        const [quick, careful] = [readForPassingOn(data), read(data)];
        expect(headsOf(quick)).toEqual(headsOf(careful));
        expect(eventsOf(quick)).toEqual(eventsOf(careful));
        cutOut += textsOf(quick).filter((text) => text !== undefined).length;
      }),
    );
    expect(cutOut).toBeGreaterThan(20);
  });

  it.each<[string, object]>([
    ['an entry holds more than its event', pack([{ event: EVENT }, { event: EVENT, past: { history: [] } }])],
    ['the events do not stand last', { ...pack([{ event: EVENT }]), note: 1 }],
    ['nobody vouches for it', { ...pack([{ event: EVENT }]), isCounted: undefined }],
    ['an event has its fields in another order', pack([{ event: { ...FULL, name: undefined, title: 1 } }])],
    ['an event has a time that is none', pack([{ event: { ...FULL, timestamp: 'soon' } }])],
    ['an event has a type that nobody knows', pack([{ event: { ...FULL, eventType: 'WISH' } }])],
    ['an id has to be unescaped', pack([{ event: { ...FULL, clientDedupeId: 'a"b' } }])],
  ])('reads it with care where %s', (_what, data) => {
    const [quick, careful] = [readForPassingOn(data), read(data)];
    expect(textsOf(quick).every((text) => text === undefined)).toBe(true);
    expect(quick).toEqual(careful);
  });

  it.each<[string, object]>([
    ['replays', { replays: 2 }],
    ['no attempts', { attempts: 0 }],
    ['attempts', { attempts: 3 }],
    ['a first attempt', { firstAttemptAt: 7 }],
    ['a doubt', { isMaybeDelivered: true }],
    ['a source with its time', { source: 'till', enqueuedAt: 9 }],
  ])('keeps what the entry of an event says, beside another: %s', (_what, said) => {
    const data = pack([{ event: EVENT }, { event: { ...EVENT, clientDedupeId: 'second' }, ...said }]);
    const [, second] = headsOf(readForPassingOn(data));
    expect(second).toMatchObject({ clientDedupeId: 'second', facts: said });
    expect(readForPassingOn(data)).toEqual(read(data));
  });

  it('knows no value of an event that has none', () => {
    const { value: _value, currencyCode: _currencyCode, ...lead } = EVENT;
    const content = readForPassingOn(pack([{ event: { ...lead, eventType: 'LEAD' } }]));
    expect(headsOf(content)).toMatchObject([{ eventType: 'LEAD', value: undefined, currencyCode: undefined }]);
    expect(textsOf(content)).toEqual([JSON.stringify({ ...lead, eventType: 'LEAD' })]);
  });

  it('reads its events whole where they leave in another form', () => {
    expect(textsOf(read(pack([{ event: EVENT }])))).toEqual([undefined]);
    expect(textsOf(readForPassingOn(pack([{ event: EVENT }])))).toEqual([JSON.stringify(EVENT)]);
  });
});

describe('reading a job of another program', () => {
  it('hashes raw match keys, and fills in what is not said', () => {
    expect(eventsOf(read({ v: 1, events: [{ event: conversionPayload() }] }))).toEqual({
      kind: 'events',
      isCounted: false,
      unreadable: [],
      entries: [
        {
          source: 'conversion',
          enqueuedAt: ADDED_AT,
          event: {
            ...conversionPayload(),
            timestamp: '2026-11-20T10:00:00.000Z',
            matchKeys: [{ type: 'EMAIL', values: [EMAIL_DIGEST] }],
          },
        },
      ],
    });
  });

  it('takes what the job says for entries that do not', () => {
    const [bare, full] = [eventOf('a'), queued(eventOf('b'))];
    const data = { v: 1, source: 'till', enqueuedAt: 9, events: [{ event: bare }, full] };
    expect(eventsOf(read(data)).entries).toEqual([{ event: bare, source: 'till', enqueuedAt: 9 }, full]);
  });

  it('keeps what is said, and nothing it does not know', () => {
    const said = { source: 'till', enqueuedAt: 5, replays: 1, attempts: 2, firstAttemptAt: 6, isMaybeDelivered: true };
    const event = eventOf('a');
    expect(readForeign({ ...said, event, note: 'anna@example.com' })).toEqual({
      ...said,
      event,
    });
  });

  it.each([{ replays: 0 }, { attempts: 0 }])('takes %j from another program', (said) => {
    const event = eventOf('a');
    expect(readForeign({ source: 'till', enqueuedAt: 5, ...said, event })).toMatchObject(said);
  });

  it.each([
    ['a missing event', {}],
    ['an event with a fault', { event: conversionPayload({ countryCode: 'Wonderland' }) }],
    ['an event with an unknown field', { event: conversionPayload({ email: 'anna@example.com' }) }],
    ['an event without match keys', { event: conversionPayload({ matchKeys: [] }) }],
    ['match keys that say nothing', { event: conversionPayload({ matchKeys: [{ type: 'EMAIL', values: [' '] }] }) }],
    ['attempts below 0', { event: conversionPayload(), attempts: -1 }],
    ['a time that is text', { event: conversionPayload(), enqueuedAt: 'now' }],
    ['null', null],
  ])('keeps the text of %s, and reads its neighbours', (_what, entry) => {
    const { entries, unreadable } = eventsOf(read({ v: 1, events: [entry, { event: conversionPayload() }] }));
    expect(entries.map((found) => found !== undefined)).toEqual([false, true]);
    expect(unreadable).toEqual([{ place: 0, raw: JSON.stringify(entry) }]);
  });

  it('leaves out an empty match key beside a valid one', () => {
    const matchKeys = [
      { type: 'PHONE', values: ['call me'] },
      { type: 'EMAIL', values: ['Test.User@example.com'] },
    ];
    expect(readForeign({ event: conversionPayload({ matchKeys }) })?.event.matchKeys).toEqual([
      { type: 'EMAIL', values: [EMAIL_DIGEST] },
    ]);
  });

  it('follows the rules of match keys that are set', () => {
    const matchKeys = [{ type: 'PHONE', values: ['+1 415 555 2671'] }];
    const data = JSON.stringify({ v: 1, events: [{ event: conversionPayload({ matchKeys }) }] });
    expect(readJob(data, ADDED_AT, 'amazon-ads')).not.toEqual(readJob(data, ADDED_AT, 'standard'));
  });

  it('lets no e-mail address through in plaintext', () => {
    // 64 characters, as many as a digest has, among them.
    const address = fc.constantFrom(1, 20, 54, 100).map((length) => `${'a'.repeat(length)}@b.example`);
    const text = fc.oneof(address, fc.string({ minLength: 1, unit: 'binary', maxLength: 200 }));
    let hashed = 0;
    fc.assert(
      fc.property(text, (email) => {
        const matchKeys = [{ type: 'EMAIL', values: [email] }];
        for (const key of readForeign({ event: conversionPayload({ matchKeys }) })?.event.matchKeys ?? []) {
          expect(key.values[0]).toMatch(/^[0-9a-f]{64}$/);
          hashed += 1;
        }
      }),
    );
    expect(hashed).toBeGreaterThan(10);
  });
});

describe('reading invalid jobs', () => {
  it.each([
    null,
    3,
    'text',
    [],
    {},
    { v: 2, events: [] },
    { v: '1', events: [] },
    { v: 1 },
    { v: 1, events: {} },
    { v: 1, isCounted: 'yes', events: [] },
    { events: [{ event: conversionPayload() }] },
  ])('keeps the text of %j', (data) => {
    expect(read(data)).toEqual({ kind: 'unreadable', raw: JSON.stringify(data) });
  });

  it('keeps text that is not JSON as it was', () => {
    expect(readText('{"v":1,')).toEqual({ kind: 'unreadable', raw: '{"v":1,' });
  });

  it('reads an empty job as one without events', () => {
    expect(read({ v: 1, events: [] })).toMatchObject({ kind: 'events', entries: [], isCounted: false });
  });
});
