import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JobContent, readJob } from '../../../src/worker/read-job.js';
import { conversionPayload, EMAIL_DIGEST, eventOf, NOW_MS, queued } from '../../support/events.js';

const ADDED_AT = NOW_MS - 5_000;

const read = (data: unknown): JobContent => readJob(data, ADDED_AT, 'standard');

function entriesOf(content: JobContent) {
  if (content.kind !== 'events') throw new Error('the job cannot be read');
  return content.entries;
}

/** The first event of a job that somebody else wrote. */
function readForeign(entry: unknown) {
  const [first] = entriesOf(read({ v: 1, events: [entry] }));
  return first?.kind === 'event' ? first.entry : undefined;
}

describe('reading a job of our producers', () => {
  it('takes its events as they are, and numbers those that have no place yet', () => {
    const entries = [queued(eventOf('a')), queued(eventOf('b'), { attempts: 3, isMaybeDelivered: true, ordinal: 4 })];
    expect(read({ v: 1, isCounted: true, events: entries })).toEqual({
      kind: 'events',
      isCounted: true,
      entries: [
        { kind: 'event', entry: { ...entries[0], ordinal: 0 } },
        { kind: 'event', entry: entries[1] },
      ],
    });
  });

  it.each([null, 3, 'text', [], {}, { event: {} }, { enqueuedAt: 1 }, { event: null, enqueuedAt: 1 }])(
    'keeps the text of an entry %j',
    (entry) => {
      const good = queued(eventOf('a'));
      expect(entriesOf(read({ v: 1, isCounted: true, events: [entry, good] }))).toEqual([
        { kind: 'unreadable', raw: JSON.stringify(entry) },
        { kind: 'event', entry: { ...good, ordinal: 1 } },
      ]);
    },
  );
});

describe('reading a job of somebody else', () => {
  it('hashes raw match keys, and fills in what is not said', () => {
    expect(read({ v: 1, events: [{ event: conversionPayload() }] })).toEqual({
      kind: 'events',
      isCounted: false,
      entries: [
        {
          kind: 'event',
          entry: {
            ordinal: 0,
            source: 'conversion',
            enqueuedAt: ADDED_AT,
            event: {
              ...conversionPayload(),
              timestamp: '2026-11-20T10:00:00.000Z',
              matchKeys: [{ type: 'EMAIL', values: [EMAIL_DIGEST] }],
            },
          },
        },
      ],
    });
  });

  it('keeps what is said, and nothing it does not know', () => {
    const said = { source: 'till', enqueuedAt: 5, replays: 1, attempts: 2, firstAttemptAt: 6, isMaybeDelivered: true };
    const event = eventOf('a');
    expect(readForeign({ ...said, ordinal: 0, event, note: 'anna@example.com' })).toEqual({
      ...said,
      ordinal: 0,
      event,
    });
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
    const entries = entriesOf(read({ v: 1, events: [entry, { event: conversionPayload() }] }));
    expect(entries.map(({ kind }) => kind)).toEqual(['unreadable', 'event']);
    expect(entries[0]).toEqual({ kind: 'unreadable', raw: JSON.stringify(entry) });
  });

  it('leaves out a match key that says nothing beside one that does', () => {
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
    const data = { v: 1, events: [{ event: conversionPayload({ matchKeys }) }] };
    expect(readJob(data, ADDED_AT, 'amazon-ads')).not.toEqual(readJob(data, ADDED_AT, 'standard'));
  });

  it('lets no e-mail address through in plaintext', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary', maxLength: 200 }), (email) => {
        const matchKeys = [{ type: 'EMAIL', values: [email] }];
        for (const key of readForeign({ event: conversionPayload({ matchKeys }) })?.event.matchKeys ?? []) {
          expect(key.values[0]).toMatch(/^[0-9a-f]{64}$/);
        }
      }),
    );
  });
});

describe('reading what is no job', () => {
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
    expect(read({ unreadableText: '{"v":1,' })).toEqual({ kind: 'unreadable', raw: '{"v":1,' });
  });

  it('reads an empty job as one without events', () => {
    expect(read({ v: 1, events: [] })).toEqual({ kind: 'events', entries: [], isCounted: false });
  });
});
