/** What a field must hold for its payload to be refused: the tests of a table's refusals. */
import { isAbsent, textOf } from '../payload.js';

export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

export function isFalse(value: unknown): boolean {
  return value === false || value === 'false';
}

/** Something stands there. */
export function isGiven(value: unknown): boolean {
  return !isAbsent(value) && value !== false;
}

/** A number above 0, as text too. */
export function isAboveZero(value: unknown): boolean {
  return Number(textOf(value)) > 0;
}

export function isOneOf(...texts: readonly string[]): (value: unknown) => boolean {
  const known: ReadonlySet<string> = new Set(texts);
  return (value) => known.has((textOf(value) ?? '').toLowerCase());
}

/** `amazon-us`, `Amazon FBA`. Amazon Pay is a way to pay in one's own shop: an ordinary sale. */
export function sellsOnAmazon(value: unknown): boolean {
  return typeof value === 'string' && /amazon/i.test(value) && !/pay/i.test(value);
}
