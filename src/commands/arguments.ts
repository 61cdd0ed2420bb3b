/** Parsers of arguments for commander. */
import { InvalidArgumentError } from 'commander';
import { didYouMean } from '../settings/near-name.js';

/** One of several words. For a near miss the message suggests the right word. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`It takes ${words.join(', ')}${didYouMean(text, words)}`);
  };
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A whole number within bounds. */
export function wholeNumberIn(from: number, to = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = wholeNumber(text);
    if (value >= from && value <= to) return value;
    throw new InvalidArgumentError(
      to === Number.MAX_SAFE_INTEGER ? `must be at least ${from}` : `must be between ${from} and ${to}`,
    );
  };
}

/** `15m`, `48h`, `7d`, in milliseconds. */
export function duration(text: string): number {
  const [, amount, unit = ''] = /^([1-9]\d{0,4})([smhd])$/.exec(text) ?? [];
  if (amount === undefined) throw new InvalidArgumentError('must be a time such as 15m, 48h or 7d');
  return Number(amount) * (UNIT_MS[unit] ?? 0);
}
