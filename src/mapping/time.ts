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

const WANTED = 'write ISO 8601 with a time zone, such as 2026-11-20T10:00:00Z';

/** Forms that a time is often written in, and what is missing there. */
const FORMS: readonly (readonly [form: RegExp, what: string])[] = [
  [/^(1[3-9]|2\d|3[01])[/.-]\d{1,2}[/.-]\d{2,4}/, 'is written day/month/year'],
  [/^\d{1,2}[/.-](1[3-9]|2\d|3[01])[/.-]\d{2,4}/, 'is written month/day/year'],
  [/^\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}/, 'is written day/month/year or month/day/year, which cannot be told apart'],
  [/^\d{4}[/.]\d{1,2}[/.]\d{1,2}/, 'is written year/month/day with slashes or points'],
  [/^\d{4}-\d\d-\d\d$/, 'is a day without a time'],
  // With a month and a day that there are: other numbers of so many digits are milliseconds.
  [/^(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])(T?\d{4}(\d\d)?)?Z?$/, 'is written without separators'],
  [/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?$/, 'has no time zone'],
  [/^\d{4}-\d\d-\d\d \d\d:\d\d/, 'has a space in place of the T, or a time zone in another form'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)$/, 'names a day or a time that does not exist'],
  [/^\d{9,11}([.,]\d+)?$/, 'is a number of seconds'],
  [/^\d{12,14}([.,]\d+)?$/, 'is a number of milliseconds'],
  [/^\d{15,17}$/, 'is a number of microseconds'],
  [/^\d{4,5}([.,]\d+)?$/, 'is a spreadsheet’s number of a day'],
  [/^[a-z]{3,9},? /i, 'is written in words'],
];

/** @returns what a time that cannot be read is, for people: its form, never itself */
export function faultOfTime(input: unknown): string {
  if (input === undefined || input === null || input === '') return `is required: ${WANTED}`;
  const text = typeof input === 'number' ? String(input) : input;
  if (typeof text !== 'string') return `must be text: ${WANTED}`;
  const [, what = 'is in no form of time that can be read'] = FORMS.find(([form]) => form.test(text.trim())) ?? [];
  return `${what}: ${WANTED}`;
}
