/** The result of a request, answered or not, as one verdict. PURE. */
import { readAnswer, type Verdict } from './answer.js';
import type { SendResult } from './client.js';
import type { Wire } from './wires/wire.js';

/**
 * @param count number of events in the request
 * @param nowMs the clock, for a Retry-After that is a date
 */
export function verdictOf(result: SendResult, wire: Wire, count: number, nowMs: number): Verdict {
  if (result.kind === 'answer') return readAnswer(result.answer, wire, count, nowMs);
  const { reason, code, isMaybeDelivered } = result;
  return { kind: 'unavailable', reason, isMaybeDelivered, afterMs: undefined, detail: { code } };
}
