/**
 * Times as text, the way an event has them: `2026-11-20T10:00:00.000Z`.
 *
 * The built-ins take as long for one time as hashing takes for two match keys. What they write and read is given here by
 * the fields of a Date and by the places of the digits; for all but ordinary years the built-ins still do it.
 */

const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** @throws RangeError where no date has that number of milliseconds */
export function isoOf(epochMs: number): string {
  const date = new Date(epochMs);
  const year = date.getUTCFullYear();
  // Others have more than four digits, zeros in front or a sign.
  if (!(year >= 1000 && year <= 9999)) return date.toISOString();
  const two = TWO_DIGITS;
  const day = `${year}-${two[date.getUTCMonth() + 1]}-${two[date.getUTCDate()]}`;
  const seconds = `${two[date.getUTCHours()]}:${two[date.getUTCMinutes()]}:${two[date.getUTCSeconds()]}`;
  return `${day}T${seconds}.${String(date.getUTCMilliseconds()).padStart(3, '0')}Z`;
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
