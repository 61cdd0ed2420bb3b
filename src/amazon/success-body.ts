/**
 * Whether the body of a 2xx without item lists says success.
 *
 * PURE. Amazon documents no such answer for the conversions endpoints, so the known forms are few: no body at all, or an
 * object whose status, code or result is one of the words that Amazon's other APIs use, or whose `success` is true.
 */
const SUCCESS_WORDS: ReadonlySet<string> = new Set(['SUCCESS', 'SUCCEEDED', 'OK', 'ACCEPTED']);
const FAULT_KEY = /^(errors?|faults?|failures?|exceptions?)$/i;

/** @param body the text's JSON; undefined if it is not JSON */
export function saysSuccess(text: string, body: unknown): boolean {
  if (text.trim() === '') return true;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  const entries = Object.entries(body);
  if (entries.some(([key, value]) => FAULT_KEY.test(key) && !isEmpty(value))) return false;
  const { status, code, result, success }: Partial<Record<string, unknown>> = Object.fromEntries(entries);
  if (success !== undefined) return success === true;
  const said = [status, code, result].filter((value) => value !== undefined);
  return said.length > 0 && said.every((value) => typeof value === 'string' && SUCCESS_WORDS.has(value.toUpperCase()));
}

function isEmpty(value: unknown): boolean {
  return value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0);
}
