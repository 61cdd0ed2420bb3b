/**
 * Formats numbers, times and texts for people.
 *
 * PURE: the clock is an argument.
 */
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const counts = new Intl.NumberFormat('en-US');
const shortCounts = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** `1,234,567` */
export function countText(count: number): string {
  return counts.format(count);
}

/** `1.2M`, for small spaces. The full number belongs in a title. */
export function shortCountText(count: number): string {
  return shortCounts.format(count);
}

/** `1 letter`, `1,234 letters` */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : nouns}`;
}

/** Events per second. Small rates keep one decimal, so that 0.4 is not shown as 0. */
export function rateText(perSecond: number): string {
  if (perSecond === 0) return '0';
  return perSecond < 0.05 ? '<0.1' : perSecond.toFixed(perSecond < 10 ? 1 : 0);
}

/** `just now`, `42 s ago`, `3 min ago`, `in 2 h`. */
export function relativeText(timeMs: number, nowMs: number): string {
  const distanceMs = nowMs - timeMs;
  if (Math.abs(distanceMs) < 2 * SECOND_MS) return 'just now';
  return distanceMs > 0 ? `${durationText(distanceMs)} ago` : `in ${durationText(-distanceMs)}`;
}

/** `42 s`, `17 min`, `5 h`, `3 d`: the largest unit that leaves a whole number of at least two. */
export function durationText(ms: number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.max(0, Math.round(ms / SECOND_MS))} s`;
  if (ms < 2 * HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${Math.round(ms / HOUR_MS)} h`;
  return `${Math.round(ms / DAY_MS)} d`;
}

/** Whether a date can show it. A value from Redis may be anything. */
export function isTime(ms: number): boolean {
  return ms > 0 && ms <= 8.64e15;
}

/** `2026-11-20 12:00:00 UTC` */
export function utcText(timeMs: number): string {
  if (!isTime(timeMs)) return 'unknown';
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const EVENT_WORDS: Readonly<Record<string, string>> = { OFF_AMAZON_PURCHASES: 'purchase' };

/** `purchase`, `add to shopping cart`: Amazon's type names, long ones shortened. */
export function eventWords(eventType: string): string {
  return EVENT_WORDS[eventType] ?? wordsOf(eventType);
}

/** `129.90 USD`; the currency's own number of decimals, `1,300 JPY`. */
export function moneyText(value: number, currencyCode: string | undefined): string {
  if (currencyCode === undefined) return counts.format(value);
  // Intl throws for anything else, and a stored event may break the current limits.
  if (!/^[A-Z]{3}$/i.test(currencyCode)) return `${counts.format(value)} ${currencyCode}`;
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: currencyCode,
  }).resolvedOptions();
  return `${value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: Math.max(2, digits) })} ${currencyCode}`;
}

/** `rejected batch` for `rejected_batch`. */
export function wordsOf(name: string): string {
  return name.toLowerCase().replaceAll('_', ' ');
}

/** `Replay` for `replay`. */
export function titleOf(name: string): string {
  const words = wordsOf(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A shortened digest that can still be told apart by eye: `a97d7a45…3520`. */
export function shortHash(value: string): string {
  return value.length <= 16 ? value : `${value.slice(0, 8)}…${value.slice(-4)}`;
}
