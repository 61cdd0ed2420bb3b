/**
 * Exponential back-off with full jitter: a random delay between 0 and the doubled delay, so that workers that failed together do
 * not retry together.
 */
import type { BackOff } from './gate.js';

/**
 * @param attempts number of failures so far, from 1
 * @param random between 0 and 1
 * @returns milliseconds
 */
export function backOffMs(attempts: number, { baseMs, maxMs }: BackOff, random: number = Math.random()): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempts - 1, 30));
  return Math.round(random * ceiling);
}
