/**
 * Money without floating-point arithmetic: amounts are decimal text, rounded digit by digit.
 *
 * A JavaScript number is used only to read and write JSON (at most 2 decimals, which a double holds exactly enough to print the
 * same digits again). Nothing here adds, multiplies or rounds one.
 */

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
// Above this many whole digits a double cannot keep the cents.
const MAX_WHOLE_DIGITS = 13;
const NOTHING_TO_ROUND = /^-?\d{1,13}(?:\.\d{1,2})?$/;

/** Number of decimals in the shortest text of the number: 12.5 has 1, 1e-7 has 7. */
export function decimalsOf(amount: number): number {
  const text = String(amount);
  const end = text.indexOf('e');
  const point = text.indexOf('.');
  const written = point === -1 ? 0 : (end === -1 ? text.length : end) - point - 1;
  return end === -1 ? written : Math.max(0, written - Number(text.slice(end + 1)));
}

/**
 * Reads an amount as shops send it (a number or decimal text) and rounds half away from zero to 2 decimals.
 *
 * @returns undefined if the value is not a plain decimal amount, such as `1,299.00` or `12 EUR`
 */
export function readAmount(amount: unknown): number | undefined {
  const text = typeof amount === 'number' ? plainText(amount) : typeof amount === 'string' ? amount.trim() : '';
  // Nothing to round: the text's own digits are the amount. Adding 0 removes the sign of a zero.
  if (NOTHING_TO_ROUND.test(text)) return Number(text) + 0;
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', decimals = ''] = match;
  if (whole.replace(/^0+/, '').length > MAX_WHOLE_DIGITS) return undefined;
  const cents = BigInt(whole + decimals.padEnd(2, '0').slice(0, 2));
  const isRoundedUp = Number(decimals[2]) >= 5;
  const digits = String(isRoundedUp ? cents + 1n : cents).padStart(3, '0');
  const rounded = Number(`${digits.slice(0, -2)}.${digits.slice(-2)}`);
  return sign === '-' && rounded !== 0 ? -rounded : rounded;
}

/** Forms of an amount that cannot be read, and what to write instead. */
export function faultOfAmount(text: string): string {
  if (/^-?[\d.,'’\s]+$/.test(text) && /[,'’\s]|\..*\./.test(text)) {
    return 'has a comma, or something between the thousands: write a point before the decimals and nothing else';
  }
  if (/\d/.test(text) && !/^[-+]?[\d.]+$/.test(text)) {
    return 'holds more than an amount (a sign or a name of a currency, a percentage, an exponent): write digits and a point';
  }
  return 'is not a plain decimal amount, such as 129.90';
}

/** Checked before the currency is looked up, because few amounts have three decimals. */
export function hasThreeDecimals(text: string): boolean {
  return text.charAt(text.length - 4) === '.';
}

/**
 * `1.249` in euro: one euro and a quarter, or more than a thousand if the point separates thousands.
 *
 * @param isOfThreeDecimals whether the currency has three decimals; undefined if no currency is named
 */
export function isAmbiguousAmount(text: string, isOfThreeDecimals: boolean | undefined): boolean {
  if (isOfThreeDecimals === undefined) return /^-?[1-9]\d{0,2}\.\d{3}$/.test(text);
  return !isOfThreeDecimals && /^-?\d+\.\d{3}$/.test(text);
}

/**
 * The amount in whole hundredths, for sums: its digits, read as one whole number, which a double holds exactly.
 *
 * @returns undefined if it has more than 2 decimals, or more digits than a double keeps
 */
export function hundredthsOf(amount: number): number | undefined {
  const text = String(amount);
  const point = text.indexOf('.');
  const decimals = point === -1 ? 0 : text.length - point - 1;
  if (decimals > 2 || text.includes('e')) return undefined;
  const digits = point === -1 ? text : text.slice(0, point) + text.slice(point + 1);
  const hundredths = Number(digits + '0'.repeat(2 - decimals));
  return Number.isSafeInteger(hundredths) ? hundredths : undefined;
}

/** Hundredths as a number of units: the nearest double. */
export function amountOf(hundredths: bigint): number {
  const digits = String(hundredths < 0n ? -hundredths : hundredths).padStart(3, '0');
  return Number(`${hundredths < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`);
}

function plainText(amount: number): string {
  const text = String(amount);
  return text.includes('e') ? amount.toFixed(20) : text;
}
