/**
 * Reads Amazon's answer: what a status and a body mean for the request and for each of its events.
 *
 * PURE. Promise: as many item verdicts as events were sent. An event is `unnamed` if the answer does not name it, names it twice,
 * or names it ambiguously. A 2xx in no known form is an `unknown_answer`: unknown is never success.
 */
import { maskPersonalData } from '../mapping/mask.js';
import type { AnswerDetail, RetryReason } from '../mapping/outcome.js';
import { saysSuccess } from './success-body.js';
import type { ItemFault, ItemResult } from './wires/item-results.js';
import type { Wire } from './wires/wire.js';

export type ItemVerdict =
  | { readonly kind: 'delivered'; readonly requestId?: string | undefined }
  | { readonly kind: 'retry'; readonly reason: RetryReason; readonly detail: AnswerDetail }
  | { readonly kind: 'dead'; readonly reason: 'rejected' | 'forbidden'; readonly detail: AnswerDetail };

export type Verdict =
  | { readonly kind: 'items'; readonly items: readonly ItemVerdict[] }
  | { readonly kind: 'unauthorized'; readonly detail: AnswerDetail }
  | { readonly kind: 'split'; readonly reason: 'rejected' | 'too_large'; readonly detail: AnswerDetail }
  | { readonly kind: 'forbidden'; readonly detail: AnswerDetail }
  | { readonly kind: 'throttled'; readonly afterMs: number | undefined; readonly detail: AnswerDetail }
  /** Nothing of the request succeeded, perhaps without an event at fault: Amazon is unavailable, or the answer is unknown. */
  | {
      readonly kind: 'unavailable';
      readonly reason: RetryReason;
      readonly isMaybeDelivered: boolean;
      readonly afterMs: number | undefined;
      readonly detail: AnswerDetail;
      /** Set if the answer says so item by item. */
      readonly items?: readonly ItemVerdict[];
    }
  | { readonly kind: 'misconfigured'; readonly detail: AnswerDetail };

export interface Answer {
  readonly status: number;
  /** Undefined if its bytes cannot be decoded. */
  readonly body: string | undefined;
  readonly retryAfter: string | undefined;
  readonly requestId: string | undefined;
}

const MISCONFIGURED: ReadonlySet<number> = new Set([404, 405, 406, 407, 410, 415]);
const TRY_AGAIN: ReadonlySet<number> = new Set([408, 409, 425]);
const TEXT_MAX = 500;
const HTTP_DATE = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d{2}:\d{2}:\d{2}/i;

/**
 * @param count number of events in the request
 * @param nowMs the clock, for a Retry-After that is a date
 */
export function readAnswer(answer: Answer, wire: Wire, count: number, nowMs: number): Verdict {
  const { status } = answer;
  const body = parseBody(answer.body);
  const detail = detailOf(answer, body);
  if (status >= 200 && status < 300)
    return readSuccess(answer, wire, body, count) ?? unknownAnswer(answer, detail, nowMs);
  if (status >= 300 && status < 400) return { kind: 'misconfigured', detail };
  if (status === 401) return { kind: 'unauthorized', detail };
  if (status === 403) return { kind: 'forbidden', detail };
  if (status === 413) return { kind: 'split', reason: 'too_large', detail };
  if (status === 429) return { kind: 'throttled', afterMs: readRetryAfter(answer.retryAfter, nowMs), detail };
  if (MISCONFIGURED.has(status)) return { kind: 'misconfigured', detail };
  if (TRY_AGAIN.has(status) || status >= 500 || status < 200) {
    const afterMs = readRetryAfter(answer.retryAfter, nowMs);
    return { kind: 'unavailable', reason: 'server_error', isMaybeDelivered: false, afterMs, detail };
  }
  // 400, 422 and every other status that blames the request's content.
  return { kind: 'split', reason: 'rejected', detail };
}

const RETRY_AFTER_MAX_MS = 3_600_000;

/** `Retry-After` in milliseconds: seconds or an HTTP date; undefined if it is absent or invalid. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) {
    const afterMs = Math.ceil(Number(text) * 1000);
    return Number.isSafeInteger(afterMs) ? bounded(afterMs) : undefined;
  }
  // Date.parse reads "after 3" as a day of 2001, which would mean no wait at all.
  const date = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : bounded(date - nowMs);
}

/** A wait of 0 is not valid for a 429, and one of years is a mistake: after an hour we ask again. */
function bounded(afterMs: number): number | undefined {
  return afterMs <= 0 ? undefined : Math.min(afterMs, RETRY_AFTER_MAX_MS);
}

/** @returns undefined if the answer is in no known form: nothing can be concluded from it */
function readSuccess(answer: Answer, wire: Wire, body: unknown, count: number): Verdict | undefined {
  const results = wire.readItems(body);
  if (results) return ofAll(readItems(results, wire.indexBase, count, answer));
  if (answer.status === 207 || answer.body === undefined || !saysSuccess(answer.body, body)) return undefined;
  const delivered: ItemVerdict = { kind: 'delivered', requestId: onOneLine(answer.requestId) };
  return { kind: 'items', items: Array.from({ length: count }, () => delivered) };
}

/**
 * If every item has the same problem and it is no event's fault, it is the verdict of the whole request: forbidden if sending is
 * not allowed, unavailable if no item succeeded for now.
 */
function ofAll(items: readonly ItemVerdict[]): Verdict {
  const [first] = items;
  if (first?.kind === 'dead' && items.every((item) => item.kind === 'dead' && item.reason === 'forbidden')) {
    return { kind: 'forbidden', detail: first.detail };
  }
  if (first?.kind === 'retry' && items.every(({ kind }) => kind === 'retry')) {
    const isMaybeDelivered = items.some((item) => item.kind === 'retry' && item.reason === 'unnamed');
    const { reason, detail } = first;
    return { kind: 'unavailable', reason, isMaybeDelivered, afterMs: undefined, detail, items };
  }
  return { kind: 'items', items };
}

/** Amazon may have taken the events or not. Its text is kept, because such an answer is new to us. */
function unknownAnswer({ body, retryAfter }: Answer, known: AnswerDetail, nowMs: number): Verdict {
  const message = known.message ?? shortened(body === undefined ? 'a body that cannot be decoded' : body);
  const afterMs = readRetryAfter(retryAfter, nowMs);
  const detail = { ...known, message };
  return { kind: 'unavailable', reason: 'unknown_answer', isMaybeDelivered: true, afterMs, detail };
}

function readItems(
  results: readonly ItemResult[],
  wireBase: Wire['indexBase'],
  count: number,
  answer: Answer,
): ItemVerdict[] {
  const unnamed: ItemVerdict = { kind: 'retry', reason: 'unnamed', detail: { status: answer.status } };
  const items = Array.from({ length: count }, (): ItemVerdict => unnamed);
  const base = wireBase === 'auto' ? workOutBase(results, count) : wireBase;
  if (base === undefined) return items;
  const isNamed = new Uint8Array(count);
  for (const result of results) {
    const place = result.index - base;
    if (place < 0 || place >= count) continue;
    // Named twice: one of the two is wrong, and we cannot tell which.
    items[place] = isNamed[place] ? unnamed : verdictOf(result, answer);
    isNamed[place] = 1;
  }
  return items;
}

/**
 * 0 if an index 0 is named, 1 if the count itself is; undefined if neither or both are, because the same answer could then mean
 * two different sets of events.
 */
function workOutBase(results: readonly ItemResult[], count: number): 0 | 1 | undefined {
  const hasZero = results.some(({ index }) => index === 0);
  const hasCount = results.some(({ index }) => index === count);
  if (hasZero === hasCount) return undefined;
  return hasZero ? 0 : 1;
}

function verdictOf(result: ItemResult, answer: Answer): ItemVerdict {
  if (result.isAccepted) return { kind: 'delivered', requestId: onOneLine(answer.requestId) };
  const worst = result.faults.reduce((known, fault) => (weightOf(fault) > weightOf(known) ? fault : known));
  const detail: AnswerDetail = {
    status: worst.status ?? answer.status,
    code: shortened(worst.code),
    message: shortened(worst.message),
    requestId: onOneLine(result.requestId ?? answer.requestId),
  };
  const weight = weightOf(worst);
  if (weight === RETRYABLE) return { kind: 'retry', reason: 'item_error', detail };
  return { kind: 'dead', reason: weight === FORBIDDEN ? 'forbidden' : 'rejected', detail };
}

// An item with several faults ends by its worst: a final fault outweighs a temporary one.
const RETRYABLE = 0;
const FORBIDDEN = 1;
const REJECTED = 2;
const RETRYABLE_CODES: ReadonlySet<string> = new Set([
  'INTERNAL_ERROR',
  'INTERNAL_SERVER_ERROR',
  'SERVICE_UNAVAILABLE',
  'TOO_MANY_REQUESTS',
  'THROTTLED',
  'CONFLICT',
]);
const FORBIDDEN_CODES: ReadonlySet<string> = new Set(['FORBIDDEN', 'UNAUTHORIZED', 'ACCESS_DENIED']);

/** A fault with neither code nor status counts as refused for its content. */
function weightOf({ code = '', status = 0 }: ItemFault): number {
  const name = code.toUpperCase().replace(/[\s-]/g, '_');
  if (RETRYABLE_CODES.has(name)) return RETRYABLE;
  if (FORBIDDEN_CODES.has(name)) return FORBIDDEN;
  // A code may be the status in digits. It goes before the status of the item.
  return weightOfStatus(/^[1-5]\d\d$/.test(name) ? Number(name) : status);
}

function weightOfStatus(status: number): number {
  if (status === 429 || status >= 500 || TRY_AGAIN.has(status)) return RETRYABLE;
  return status === 401 || status === 403 ? FORBIDDEN : REJECTED;
}

function detailOf(answer: Answer, body: unknown): AnswerDetail {
  const { code, message, details }: Partial<Record<string, unknown>> = Object(body);
  return {
    status: answer.status,
    code: shortened(code),
    message: shortened(message ?? details),
    requestId: onOneLine(answer.requestId),
  };
}

/** A message may quote what was sent. It is cut only after masking: half an address would not be recognised. */
function shortened(value: unknown): string | undefined {
  const text = onOneLine(value, 2 * TEXT_MAX);
  return text === undefined ? undefined : maskPersonalData(text).slice(0, TEXT_MAX);
}

function onOneLine(value: unknown, length = TEXT_MAX): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  return String(value)
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, length);
}

/** @returns undefined for what is not JSON: only the status decides then, and a 2xx is an unknown answer */
function parseBody(text: string | undefined): unknown {
  try {
    // A byte order mark is allowed before JSON, but JSON.parse does not accept it.
    return text === undefined ? undefined : JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
