/** Conditions of a table's refusals: which value of a field makes its payload rejected. */
import { isAbsent, textOf } from '../payload.js';

export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

export function isFalse(value: unknown): boolean {
  return value === false || value === 'false';
}

/** There is a value. */
export function isGiven(value: unknown): boolean {
  return !isAbsent(value) && value !== false;
}

/** A number above 0, also as text. */
export function isAboveZero(value: unknown): boolean {
  return Number(textOf(value)) > 0;
}

export function isOneOf(...texts: readonly string[]): (value: unknown) => boolean {
  const known: ReadonlySet<string> = new Set(texts);
  return (value) => known.has((textOf(value) ?? '').toLowerCase());
}

/** `amazon-us`, `Amazon FBA`. Amazon Pay is a payment method of the shop itself: an ordinary sale. */
export function sellsOnAmazon(value: unknown): boolean {
  return typeof value === 'string' && /amazon/i.test(value) && !/pay/i.test(value);
}
