/** Times as text, in the form of an event: `2026-11-20T10:00:00.000Z`; and the forms of a time that cannot be read. */

/** @param text ISO 8601 with seconds and a time zone, of a real day and time */
export function canonicalTime(text: string): string {
  if (text.endsWith('Z')) {
    // By its length it has three decimals of a second, or none.
    if (text.length === 24) return text;
    if (text.length === 20) return `${text.slice(0, -1)}.000Z`;
  }
  return new Date(text).toISOString();
}

/** `+0100` and `T10:00Z` are ISO 8601 too: PHP and Python write the first, Java the second if the seconds are 0. */
const SHORT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?(?:(Z)|([+-]\d\d)(?::?(\d\d))?)$/;

/** @returns with seconds and a colon in its time zone; a text in another form unchanged */
export function completeTime(text: string): string {
  // Nearly all times are complete.
  if (text.length >= 25 ? text.charAt(text.length - 3) === ':' : text.length >= 20 && text.endsWith('Z')) return text;
  const [, minutes, seconds = ':00', utc, hours, rest = '00'] = SHORT.exec(text) ?? [];
  return minutes === undefined ? text : `${minutes}${seconds}${utc ?? `${hours}:${rest}`}`;
}

const WANTED = 'write ISO 8601 with a time zone, such as 2026-11-20T10:00:00Z';

/** Common forms of a time, and what is missing in them. */
const FORMS: readonly (readonly [form: RegExp, what: string])[] = [
  [/^(1[3-9]|2\d|3[01])[/.-]\d{1,2}[/.-]\d{2,4}/, 'is written day/month/year'],
  [/^\d{1,2}[/.-](1[3-9]|2\d|3[01])[/.-]\d{2,4}/, 'is written month/day/year'],
  [/^\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}/, 'is written day/month/year or month/day/year, which cannot be told apart'],
  [/^\d{4}[/.]\d{1,2}[/.]\d{1,2}/, 'is written year/month/day with slashes or points'],
  [/^\d{4}-\d\d-\d\d$/, 'is a day without a time'],
  // With a valid month and day: other numbers with as many digits are milliseconds.
  [/^(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])(T?\d{4}(\d\d)?)?Z?$/, 'is written without separators'],
  [/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?$/, 'has no time zone'],
  [/^\d{4}-\d\d-\d\d \d\d:\d\d/, 'has a space in place of the T, or a time zone in another form'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/, 'names a day or a time that does not exist'],
  [/^\d{9,11}([.,]\d+)?$/, 'is a number of seconds'],
  [/^\d{12,14}([.,]\d+)?$/, 'is a number of milliseconds'],
  [/^\d{15,17}$/, 'is a number of microseconds'],
  [/^\d{4,5}([.,]\d+)?$/, 'is a spreadsheet’s number of a day'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d+/, 'has a comma before the fraction of a second'],
  [/^[a-z]{3,9},? |^\d{1,2}[. -]+\p{L}{3,}|^\d{4}年/iu, 'is written in words'],
];

/** @returns the form of a time that cannot be read, for people; never the text itself */
export function faultOfTime(input: unknown): string {
  if (input === undefined || input === null || input === '') return `is required: ${WANTED}`;
  const text = typeof input === 'number' ? String(input) : input;
  if (typeof text !== 'string') return `must be text: ${WANTED}`;
  const [, what = 'is in no form of time that can be read'] = FORMS.find(([form]) => form.test(text.trim())) ?? [];
  return `${what}: ${WANTED}`;
}
