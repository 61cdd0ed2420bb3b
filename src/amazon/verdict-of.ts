/** What became of a request, whether Amazon answered or not, as one verdict. PURE. */
import { readAnswer, type Verdict } from './answer.js';
import type { SendResult } from './client.js';
import type { Wire } from './wires/wire.js';

/**
 * @param count how many events the request carried
 * @param nowMs the clock, for a Retry-After that is a date
 */
export function verdictOf(result: SendResult, wire: Wire, count: number, nowMs: number): Verdict {
  if (result.kind === 'answer') return readAnswer(result.answer, wire, count, nowMs);
  const { reason, code, isMaybeDelivered } = result;
  return { kind: 'unavailable', reason, isMaybeDelivered, afterMs: undefined, detail: { code } };
}
