import { describe, expect, it } from 'vitest';
import { readAnswer, readRetryAfter } from '../../../src/amazon/answer.js';
import { adsApiV1 } from '../../../src/amazon/wires/ads-api-v1.js';
import { NOW_MS } from '../../support/events.js';

/** The outcome of the first of two items, with the other one accepted. */
function itemError(error: object) {
  const body = JSON.stringify({ success: [{ index: 1 }], error: [{ index: 0, ...error }] });
  const verdict = readAnswer({ status: 207, body, retryAfter: undefined, requestId: 'request-1' }, adsApiV1, 2, NOW_MS);
  const first = verdict.kind === 'items' ? verdict.items[0] : undefined;
  if (!first || first.kind === 'delivered') throw new Error('the item was not refused');
  return first;
}

it.each([
  [200, ''],
  [207, JSON.stringify({ success: [{ index: 0 }, { index: 1 }], error: [] })],
])('a delivery carries the id of its request: %i', (status, body) => {
  const answer = { status, body, retryAfter: undefined, requestId: 'request-1\n' };
  const delivered = { kind: 'delivered', requestId: 'request-1 ' };
  expect(readAnswer(answer, adsApiV1, 2, NOW_MS)).toEqual({ kind: 'items', items: [delivered, delivered] });
});

describe('reading an item error', () => {
  it.each([
    ['INTERNAL_ERROR', 'retry', 'item_error'],
    ['internal error', 'retry', 'item_error'],
    ['INTERNAL_SERVER_ERROR', 'retry', 'item_error'],
    ['SERVICE_UNAVAILABLE', 'retry', 'item_error'],
    ['TOO_MANY_REQUESTS', 'retry', 'item_error'],
    ['THROTTLED', 'retry', 'item_error'],
    ['CONFLICT', 'retry', 'item_error'],
    ['FORBIDDEN', 'dead', 'forbidden'],
    ['UNAUTHORIZED', 'dead', 'forbidden'],
    ['ACCESS_DENIED', 'dead', 'forbidden'],
    ['BAD_REQUEST', 'dead', 'rejected'],
    ['CONTENT_TOO_LARGE', 'dead', 'rejected'],
    ['FIELD_VALUE_IS_NULL', 'dead', 'rejected'],
    ['INVALID_INPUT', 'dead', 'rejected'],
    ['NOT_FOUND', 'dead', 'rejected'],
    ['SOMETHING_NEW', 'dead', 'rejected'],
  ])('%s means %s %s, in either form', (code, kind, reason) => {
    expect(itemError({ errors: [{ code, message: 'why' }] })).toMatchObject({ kind, reason, detail: { code } });
    expect(itemError({ subErrors: [{ errorType: code }] })).toMatchObject({ kind, reason, detail: { code } });
  });

  it.each([
    [429, 'retry', 'item_error'],
    ['429', 'retry', 'item_error'],
    [500, 'retry', 'item_error'],
    ['503', 'retry', 'item_error'],
    [408, 'retry', 'item_error'],
    [401, 'dead', 'forbidden'],
    ['403', 'dead', 'forbidden'],
    [400, 'dead', 'rejected'],
    ['404', 'dead', 'rejected'],
  ])('httpStatusCode %j means %s %s', (httpStatusCode, kind, reason) => {
    const detail = { status: Number(httpStatusCode) };
    expect(itemError({ httpStatusCode })).toMatchObject({ kind, reason, detail });
    expect(itemError({ httpStatusCode, subErrors: [{ errorType: 'NEW' }] })).toMatchObject({ kind, reason, detail });
  });

  it.each([
    [429, 'retry', 'item_error'],
    ['429', 'retry', 'item_error'],
    ['503', 'retry', 'item_error'],
    [500, 'retry', 'item_error'],
    ['401', 'dead', 'forbidden'],
    [403, 'dead', 'forbidden'],
    ['400', 'dead', 'rejected'],
    ['42900', 'dead', 'rejected'],
  ])('a code that is the status, %j, means %s %s, whatever the item says beside it', (code, kind, reason) => {
    const detail = { code: String(code) };
    expect(itemError({ errors: [{ code }] })).toMatchObject({ kind, reason, detail });
    expect(itemError({ httpStatusCode: 400, subErrors: [{ errorType: code }] })).toMatchObject({
      kind,
      reason,
      detail,
    });
  });

  it.each([null, true, 'soon', 0, 99, 1000, 429.5, {}])('passes over httpStatusCode %j', (httpStatusCode) => {
    expect(itemError({ httpStatusCode })).toMatchObject({ kind: 'dead', reason: 'rejected', detail: { status: 207 } });
  });

  it.each([
    [['INTERNAL_ERROR', 'CONFLICT'], 'retry item_error'],
    [['INTERNAL_ERROR', 'FORBIDDEN'], 'dead forbidden'],
    [['INTERNAL_ERROR', 'INVALID_INPUT', 'CONFLICT'], 'dead rejected'],
    [['UNAUTHORIZED', 'INVALID_INPUT'], 'dead rejected'],
  ])('of the faults %j the worst decides', (codes, expected) => {
    for (const order of [codes, codes.toReversed()]) {
      const { kind, reason } = itemError({ errors: order.map((code) => ({ code })) });
      expect(`${kind} ${reason}`).toBe(expected);
    }
  });

  it('tells of the first of faults that are alike', () => {
    const { detail } = itemError({ errors: [{ code: 'NO_NAME' }, { code: 'NO_VALUE' }] });
    expect(detail).toMatchObject({ code: 'NO_NAME' });
  });

  it.each([[[]], [null], ['x'], [[null]], [[{}]], [[{ code: 5 }]]])(
    'says nothing of why where the faults are %j',
    (faults) => {
      const none = { kind: 'dead', reason: 'rejected', detail: { status: 207, code: undefined, message: undefined } };
      expect(itemError({ errors: faults, subErrors: faults })).toMatchObject(none);
    },
  );

  it('keeps the item’s own request id, else that of the request, and bounds every text', () => {
    expect(itemError({ itemRequestId: 'item-1' }).detail.requestId).toBe('item-1');
    expect(itemError({ itemRequestId: 7 }).detail.requestId).toBe('request-1');
    const long = `a\u0007\n${'x'.repeat(1000)}`;
    const { detail } = itemError({ itemRequestId: long, errors: [{ code: long, message: long }] });
    const cut = `a ${'x'.repeat(498)}`;
    expect(detail).toEqual({ status: 207, code: cut, message: cut, requestId: cut });
  });
});

describe('reading Retry-After', () => {
  it.each([
    ['30', 30_000],
    [' 5 ', 5_000],
    ['0.25', 250],
    ['1.0001', 1_001],
    ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
    ['7200', 3_600_000],
    ['1767225600', 3_600_000],
    ['Sat, 21 Nov 2026 12:00:00 GMT', 3_600_000],
  ])('"%s" is %i ms', (header, afterMs) => {
    expect(readRetryAfter(header, NOW_MS)).toBe(afterMs);
    const answer = { status: 429, body: '', retryAfter: header, requestId: undefined };
    expect(readAnswer(answer, adsApiV1, 2, NOW_MS)).toMatchObject({ kind: 'throttled', afterMs });
  });

  it.each([
    '0',
    'Fri, 20 Nov 2026 11:00:00 GMT',
    undefined,
    '',
    ' ',
    'soon',
    '-5',
    '1,5',
    '10s',
    '1e3',
    'Infinity',
    'in 5 minutes',
    'after 3',
    'try after 3',
    '9'.repeat(400),
  ])('%j makes no sense: the account backs off by itself', (header) => {
    expect(readRetryAfter(header, NOW_MS)).toBeUndefined();
  });
});
