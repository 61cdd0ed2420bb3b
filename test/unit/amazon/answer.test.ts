import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, readAnswer } from '../../../src/amazon/answer.js';
import { adsApiV1 } from '../../../src/amazon/wires/ads-api-v1.js';
import { eventsManagerV1 } from '../../../src/amazon/wires/events-manager-v1.js';
import type { Wire } from '../../../src/amazon/wires/wire.js';
import { NOW_MS } from '../../support/events.js';

interface Asked {
  readonly wire?: Wire;
  readonly count?: number;
}

function read(answer: Partial<Answer>, { wire = eventsManagerV1, count = 3 }: Asked = {}) {
  return readAnswer(
    { status: 207, body: '', retryAfter: undefined, requestId: undefined, ...answer },
    wire,
    count,
    NOW_MS,
  );
}

/** Each item's verdict as text, such as `dead rejected`. */
function itemsOf(answer: Partial<Answer>, asked: Asked = {}): string[] {
  const verdict = read(answer, asked);
  const items = verdict.kind === 'items' || verdict.kind === 'unavailable' ? verdict.items : undefined;
  if (!items) throw new Error(`the verdict is ${verdict.kind}`);
  return items.map((item) => (item.kind === 'delivered' ? item.kind : `${item.kind} ${item.reason}`));
}

/** A body that lists these indexes as accepted, and these as refused. */
function listing(success: readonly unknown[], error: readonly unknown[] = []): string {
  return JSON.stringify({
    success: success.map((index) => ({ index })),
    error: error.map((index) => ({ index, errors: [{ code: 'INVALID_INPUT' }] })),
  });
}

/** The indexes in any `success` list. */
function acceptedIn(body: string): Set<unknown> {
  try {
    const { success } = JSON.parse(body) as { success?: { index?: unknown }[] };
    return new Set(success?.map((entry) => entry?.index));
  } catch {
    return new Set();
  }
}

const UNNAMED = ['retry unnamed', 'retry unnamed', 'retry unnamed'];
const DELIVERED = ['delivered', 'delivered', 'delivered'];
const UNKNOWN = { kind: 'unavailable', reason: 'unknown_answer', isMaybeDelivered: true };

describe('reading a status', () => {
  const SUCCESSES = [200, 201, 202, 203, 204, 206, 226, 299];

  it.each([
    '',
    ' \n',
    '{"success":true}',
    '\uFEFF{"status":"SUCCESS"}',
    '{"code":"success","message":"3 events","errors":[]}',
    '{"result":"ACCEPTED","error":null,"requestId":"1"}',
    '{"status":"ok","failures":false,"fault":""}',
  ])('delivers every event where a 2xx says success: %j', (body) => {
    for (const status of SUCCESSES) expect(itemsOf({ status, body })).toEqual(DELIVERED);
    expect(read({ status: 207, body })).toMatchObject(UNKNOWN);
  });

  it.each([
    '<html><body>Maintenance</body></html>',
    '{"code":"INTERNAL_ERROR"}',
    '{"code":"SUCCESS","error":{"code":"INTERNAL_ERROR"}}',
    '{"error":{"code":"THROTTLED"}}',
    '{"success":true,"errors":[{"index":0}]}',
    '{"success":false}',
    '{"success":"all"}',
    '{"success":{"index":0}}',
    '{"status":"SUCCESS","code":"INTERNAL_ERROR"}',
    '{"status":200}',
    '{"requestId":"1"}',
    '{"message":"Service Unavailable"}',
    '{}',
    '[]',
    '[{"code":"SUCCESS"}]',
    'null',
    'true',
    '"SUCCESS"',
    'OK',
    '{"success":[{"index":0},{"ind',
    ' [',
    '{"status":"SUCCESS"}x',
    '\u001f\ufffd\b',
    undefined,
  ])('delivers nothing where a 2xx is in no known form: %j', (body) => {
    for (const status of [...SUCCESSES, 207]) expect(read({ status, body })).toMatchObject(UNKNOWN);
  });

  it('keeps what an unknown answer said', () => {
    const detailOf = (body: string | undefined) => read({ status: 200, body, requestId: 'r' });
    expect(detailOf('<html>\n')).toMatchObject({ detail: { status: 200, message: '<html> ', requestId: 'r' } });
    expect(detailOf('{"code":"X","message":"no"}')).toMatchObject({ detail: { code: 'X', message: 'no' } });
    expect(read({ status: 200, body: 'OK', retryAfter: '5' })).toMatchObject({ ...UNKNOWN, afterMs: 5_000 });
    expect(detailOf(undefined)).toMatchObject({ detail: { message: 'a body that cannot be decoded' } });
  });

  it('reads a 200 that lists items like a 207', () => {
    expect(itemsOf({ status: 200, body: listing([0], [1]) })).toEqual(['delivered', 'dead rejected', 'retry unnamed']);
    expect(itemsOf({ status: 200, body: '{"success":[]}' })).toEqual(UNNAMED);
  });

  it.each([
    '{"success":null,"error":[{"index":0},{"index":1},{"index":2}]}',
    '{"success":"none","error":[{"index":0}]}',
  ])('takes no event of a 200 for delivered where only one of its lists can be read: %s', (body) => {
    expect(itemsOf({ status: 200, body })).not.toContain('delivered');
  });

  it.each([
    [300, 'misconfigured'],
    [301, 'misconfigured'],
    [308, 'misconfigured'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'misconfigured'],
    [405, 'misconfigured'],
    [406, 'misconfigured'],
    [407, 'misconfigured'],
    [410, 'misconfigured'],
    [415, 'misconfigured'],
    [429, 'throttled'],
  ])('%i means %s, whatever the body says', (status, kind) => {
    for (const body of ['', 'not JSON', undefined, listing([0, 1, 2])]) expect(read({ status, body }).kind).toBe(kind);
  });

  it.each([
    [400, 'rejected'],
    [422, 'rejected'],
    [402, 'rejected'],
    [413, 'too_large'],
  ])('%i blames the content: the batch is split to find what is %s', (status, reason) => {
    expect(read({ status, body: listing([0, 1, 2]) })).toMatchObject({ kind: 'split', reason });
  });

  it.each([199, 408, 409, 425, 500, 502, 503, 504, 599])('%i is tried again, and delivered nothing', (status) => {
    const unavailable = { kind: 'unavailable', reason: 'server_error', isMaybeDelivered: false };
    expect(read({ status })).toMatchObject({ ...unavailable, afterMs: undefined });
    expect(read({ status, retryAfter: '7' })).toMatchObject({ ...unavailable, afterMs: 7_000 });
    const inAMinute = new Date(NOW_MS + 60_000).toUTCString();
    expect(read({ status, retryAfter: inAMinute })).toMatchObject({ ...unavailable, afterMs: 60_000 });
  });

  it('keeps what Amazon said, bounded and on one line', () => {
    const body = JSON.stringify({ code: 'BAD\u0000\r\nREQUEST', message: `line one\nline\t${'x'.repeat(1000)}` });
    const verdict = read({ status: 400, body, requestId: 'request-1' });
    expect(verdict).toEqual({
      kind: 'split',
      reason: 'rejected',
      detail: { status: 400, code: 'BAD REQUEST', message: `line one line ${'x'.repeat(486)}`, requestId: 'request-1' },
    });
  });

  it.each([
    ['{"code":400,"details":"no scope"}', { code: '400', message: 'no scope' }],
    ['{"code":{},"message":["a"]}', { code: undefined, message: undefined }],
    ['<html>Bad Gateway</html>', { code: undefined, message: undefined }],
  ])('reads the details of %s', (body, detail) => {
    expect(read({ status: 400, body })).toMatchObject({ detail });
  });
});

describe('reading messages that quote what was sent', () => {
  it('masks e-mail addresses and phone numbers, and keeps the request id whole', () => {
    const body = JSON.stringify({ code: 'BAD', message: 'EMAIL jane@example.com and PHONE +1 415 555 2671\u001b[2J' });
    const requestId = '1234567890123';
    expect(read({ status: 400, body, requestId })).toMatchObject({
      detail: { message: 'EMAIL j***@e***.com and PHONE ***71 [2J', requestId },
    });
  });

  it('masks an address that the length limit would cut in two', () => {
    const body = JSON.stringify({ message: `${'x'.repeat(490)} jane.long.name@example.com` });
    expect(JSON.stringify(read({ status: 400, body }))).not.toContain('jane');
  });
});

describe('working out the index base', () => {
  it.each([
    ['0 is named: from 0', [0, 2], ['delivered', 'retry unnamed', 'delivered']],
    ['the count is named: from 1', [1, 3], ['delivered', 'retry unnamed', 'delivered']],
    ['neither is named: it cannot be told', [1, 2], UNNAMED],
    ['both are named: it cannot be told', [0, 1, 2, 3], UNNAMED],
    ['nothing is named', [], UNNAMED],
  ])('%s', (_what, indexes, expected) => {
    expect(itemsOf({ body: listing(indexes) })).toEqual(expected);
  });

  it('counts refused items as named too', () => {
    expect(itemsOf({ body: listing([1, 2], [3]) })).toEqual(['delivered', 'delivered', 'dead rejected']);
    expect(itemsOf({ body: listing([1, 2], [0]) })).toEqual(['dead rejected', 'delivered', 'delivered']);
  });

  it.each([
    [[0], ['delivered']],
    [[1], ['delivered']],
    [[0, 1], ['retry unnamed']],
    [[2], ['retry unnamed']],
  ])('of a single event with the indexes %j', (indexes, expected) => {
    expect(itemsOf({ body: listing(indexes) }, { count: 1 })).toEqual(expected);
  });

  it('is not done where the wire says 0', () => {
    expect(itemsOf({ body: listing([1, 3]) }, { wire: adsApiV1 })).toEqual([
      'retry unnamed',
      'delivered',
      'retry unnamed',
    ]);
  });
});

describe('reading a 207', () => {
  it('tells each event what became of it', () => {
    expect(itemsOf({ body: listing([0], [2]) })).toEqual(['delivered', 'retry unnamed', 'dead rejected']);
  });

  it.each(['{"success":[]}', '{"error":[]}', '{"success":[],"error":"none"}'])(
    'retries every event where the lists name none: %s',
    (body) => {
      expect(itemsOf({ body })).toEqual(UNNAMED);
    },
  );

  it('cannot believe an event that is named twice', () => {
    expect(itemsOf({ body: listing([0, 1, 1, 2]) })).toEqual(['delivered', 'retry unnamed', 'delivered']);
    expect(itemsOf({ body: listing([0, 1, 2], [2, 2]) })).toEqual(['delivered', 'delivered', 'retry unnamed']);
  });

  it.each([[-1], [4], [500], [0.5], ['1'], [null], [undefined], [true], [{}]])('passes over the index %j', (index) => {
    expect(itemsOf({ body: listing([0, index, 2]) })).toEqual(['delivered', 'retry unnamed', 'delivered']);
    expect(itemsOf({ body: listing([0, 2], [index]) })).toEqual(['delivered', 'retry unnamed', 'delivered']);
  });

  it('ignores entries that are not items', () => {
    expect(itemsOf({ body: '{"success":[null,3,"x",{"index":0}],"error":[[],{"index":2}]}' })).toEqual([
      'delivered',
      'retry unnamed',
      'dead rejected',
    ]);
  });

  it('retries an event that the answer does not name, with the status', () => {
    expect(read({ body: listing([0]) }, { count: 2 })).toMatchObject({
      kind: 'items',
      items: [{ kind: 'delivered' }, { kind: 'retry', reason: 'unnamed', detail: { status: 207 } }],
    });
  });

  it('takes items that are all to be tried again for an Amazon that is away', () => {
    const failed = (code: string) => JSON.stringify({ error: [0, 1].map((index) => ({ index, errors: [{ code }] })) });
    expect(read({ body: failed('INTERNAL_ERROR') }, { wire: adsApiV1, count: 2 })).toMatchObject({
      kind: 'unavailable',
      reason: 'item_error',
      isMaybeDelivered: false,
      detail: { code: 'INTERNAL_ERROR' },
    });
    expect(read({ body: failed('CONFLICT') }, { wire: adsApiV1, count: 3 })).toMatchObject({
      kind: 'unavailable',
      isMaybeDelivered: true,
    });
    expect(read({ body: '{"success":[]}' })).toMatchObject({ kind: 'unavailable', reason: 'unnamed' });
  });

  it('takes items that are all forbidden for a request that is', () => {
    const items = (codes: string[]) =>
      JSON.stringify({ error: codes.map((code, index) => ({ index, errors: [{ code }] })) });
    const readTwo = (codes: string[]) => read({ body: items(codes) }, { wire: adsApiV1, count: 2 });
    expect(readTwo(['FORBIDDEN', 'ACCESS_DENIED'])).toMatchObject({ kind: 'forbidden', detail: { code: 'FORBIDDEN' } });
    expect(readTwo(['FORBIDDEN', 'BAD_REQUEST']).kind).toBe('items');
    expect(readTwo(['BAD_REQUEST', 'BAD_REQUEST']).kind).toBe('items');
    expect(readTwo(['FORBIDDEN', 'CONFLICT']).kind).toBe('items');
  });

  const entry = fc.oneof(
    fc.record({ index: fc.oneof(fc.integer({ min: -2, max: 8 }), fc.jsonValue()) }),
    fc.record({ index: fc.integer({ min: 0, max: 6 }), errors: fc.jsonValue() }),
    fc.jsonValue(),
  );
  const lists = fc.record(
    { success: fc.oneof(fc.array(entry), fc.jsonValue()), error: fc.oneof(fc.array(entry), fc.jsonValue()) },
    { requiredKeys: [] },
  );
  const bodies = fc.oneof(
    fc.string(),
    fc.json(),
    lists.map((body) => JSON.stringify(body)),
  );

  it('gives a single event a single verdict, whatever is listed beyond it', () => {
    expect(itemsOf({ body: listing([0, 1, 2], [3, 4]) }, { wire: adsApiV1, count: 1 })).toEqual(['delivered']);
    expect(itemsOf({ body: listing([0]) }, { wire: adsApiV1, count: 4 })).toEqual(['delivered', ...UNNAMED]);
  });

  it('gives as many verdicts as events were sent, and delivers in a 207 only what a success entry names', () => {
    const seen: Record<string, number> = {};
    fc.assert(
      fc.property(
        bodies,
        fc.integer({ min: 200, max: 299 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(adsApiV1, eventsManagerV1),
        (body, status, count, wire) => {
          const verdict = read({ status, body }, { wire, count });
          seen[verdict.kind] = (seen[verdict.kind] ?? 0) + 1;
          if (verdict.kind === 'forbidden') return;
          if (verdict.kind !== 'items' && (verdict.kind !== 'unavailable' || !verdict.items)) {
            expect(verdict).toMatchObject(UNKNOWN);
            return;
          }
          expect(verdict.items).toHaveLength(count);
          const named = acceptedIn(body);
          if (named.size === 0 && status !== 207) return;
          itemsOf({ status, body }, { wire, count }).forEach((item, place) => {
            const isNamed = named.has(place) || (wire === eventsManagerV1 && named.has(place + 1));
            expect(item !== 'delivered' || isNamed).toBe(true);
          });
        },
      ),
      { numRuns: 500 },
    );
    expect(seen['items']).toBeGreaterThan(10);
  });
});
