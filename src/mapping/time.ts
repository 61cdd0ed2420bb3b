/**
 * Times as text, the way an event has them: `2026-11-20T10:00:00.000Z`.
 *
 * The built-ins take as long for one time as hashing takes for two match keys. What they write and read is given here by
 * arithmetic and by the places of the digits; days, and all but ordinary years, the built-ins still do.
 */

const DAY_MS = 86_400_000;
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** The day that was written last: nearly all events are of one. */
let written = { day: 0, text: '1970-01-01T' };

/** @throws RangeError where no date has that number of milliseconds */
export function isoOf(epochMs: number): string {
  const wholeMs = Math.trunc(epochMs);
  const day = Math.floor(wholeMs / DAY_MS);
  if (day !== written.day) {
    const text = new Date(wholeMs).toISOString();
    // Of other years the day has more than four digits, and a sign.
    if (text.length !== 24) return text;
    written = { day, text: text.slice(0, 11) };
  }
  const ms = wholeMs - day * DAY_MS;
  const two = TWO_DIGITS;
  const hours = two[Math.floor(ms / 3_600_000)];
  const minutes = two[Math.floor(ms / 60_000) % 60];
  const seconds = two[Math.floor(ms / 1000) % 60];
  return `${written.text}${hours}:${minutes}:${seconds}.${String(ms % 1000).padStart(3, '0')}Z`;
}

/** @param text ISO 8601 with seconds and a time zone, of a day and a time that exist */
export function canonicalTime(text: string): string {
  if (text.endsWith('Z')) {
    // By its length it has three decimals of a second, or none.
    if (text.length === 24) return text;
    if (text.length === 20) return `${text.slice(0, -1)}.000Z`;
  }
  return new Date(text).toISOString();
}

/** What Date.parse says of a canonical time of a four-digit year. */
export function epochMsOf(canonical: string): number {
  const two = (at: number) => digit(canonical, at) * 10 + digit(canonical, at + 1);
  const year = two(0) * 100 + two(2);
  // Date.UTC takes these for years of the twentieth century.
  if (year < 100 || canonical.length !== 24) return Date.parse(canonical);
  const milliseconds = two(20) * 10 + digit(canonical, 22);
  return Date.UTC(year, two(5) - 1, two(8), two(11), two(14), two(17), milliseconds);
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 48;
}
