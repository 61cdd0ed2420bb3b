/**
 * Readers of a table's rows that several sources use: text, choices, times, money, countries, ids, units.
 *
 * If a reader finds something it cannot read, it reports that and gives no value: never a guess, never the next best place.
 */
import { isCountryCode, readCountry } from './country.js';
import { CURRENCIES, isOfThreeDecimals } from './currency.js';
import { damageOf, NO_ID } from './damaged-id.js';
import { deriveDedupeId } from './dedupe-id.js';
import type { EventActionSource } from './event.js';
import { faultOfAmount, hasThreeDecimals, isAmbiguousAmount, readAmount } from './money.js';
import { fieldsOf, isAbsent, listIn, type Place, type Places, placeAt, textOf } from './payload.js';
import type { Reading } from './reading.js';
import type { SourceRecord } from './source-record.js';
import type { FieldReader } from './table.js';
import { cleanCode, cleanText, isNothing } from './text.js';
import { completeTime } from './time.js';

const AS_WRITTEN = 'as written';

/** The same for every payload. */
export function always(value: unknown, rule: string): FieldReader {
  const reading = { path: '', value, rule, from: null };
  return () => reading;
}

/** The first place with text. */
export const text: FieldReader = (record, from) => {
  const { path, text: found } = record.first(from);
  return { path, value: found === undefined ? undefined : cleanText(found), rule: AS_WRITTEN };
};

/** The value of the first place, of any type: the schema checks it. */
export const asWritten: FieldReader = (record, [place]) => {
  return { path: place.path, value: record.at(place), rule: AS_WRITTEN };
};

/** The same, but null counts as absent: a database row's columns can be used as they are. */
export const asWrittenOrNull: FieldReader = (record, from) => {
  const reading = asWritten(record, from);
  return reading.value === null ? { ...reading, value: undefined } : reading;
};

/** The caller's value for what no payload of the source says, or the source's default. */
export function saidOr(fallback: EventActionSource, because = ''): FieldReader {
  const byDefault = { path: '', value: fallback, rule: `default of this source${because}`, from: null };
  return ({ context: { eventActionSource } }) =>
    eventActionSource === undefined
      ? byDefault
      : { path: '', value: eventActionSource, rule: `said with the call${because}`, from: '(the call)' };
}

/** One of several texts, each of which means an action source; others fall back as in `saidOr`. */
export function channel(
  sources: Readonly<Record<string, EventActionSource>>,
  rule: string,
  otherwise: FieldReader,
): FieldReader {
  const known = new Map(Object.entries(sources));
  return (record, from) => {
    const { path, text: found, isWrong } = record.first(from);
    const value = known.get(found ?? '');
    if (value !== undefined) return { path, value, rule };
    return isWrong ? { path, value: undefined, rule } : { ...otherwise(record, from), path };
  };
}

/** ISO 8601 with a time zone; the schema reports a time in another form. */
export const time: FieldReader = (record, from) => {
  const { path, text: found } = record.first(from, 'must be text: ISO 8601 with a time zone');
  return { path, value: found === undefined ? undefined : completeTime(cleanText(found)), rule: AS_WRITTEN };
};

/** An order is processed seconds before or after it is written, and its payment changes that time. */
const IMPORTED_AFTER_MS = 60_000;

/**
 * When an order was sold: the time when it was written. An imported order was processed long before, and that time is used.
 * Smaller differences do not count, because each delivery of an order must give the same time.
 */
export function sold(complete: (text: string) => string = (written) => written, rule = AS_WRITTEN): FieldReader {
  const read = (record: SourceRecord, place: Place): Reading => {
    const { path, text: found } = record.first([place], 'must be text: ISO 8601 with a time zone');
    return { path, value: found === undefined ? undefined : completeTime(complete(cleanText(found))), rule };
  };
  return (record, [place, ...others]) => {
    const written = read(record, place);
    const processed = others
      .map((other) => read(record, other))
      .find(({ value }) => isLongBefore(value, written.value));
    const { path, value } = processed ?? written;
    return { path, value, rule: record.context.isExplained ? `${rule}; ${wordsOf([place, ...others])}` : rule };
  };
}

function wordsOf(places: Places): string {
  return places.map(({ path }) => path).join(' or, where that is long before, ');
}

/** A text that is not a time is not skipped: the schema reports what it is. */
function isLongBefore(processed: unknown, written: unknown): boolean {
  if (typeof processed !== 'string' || typeof written !== 'string' || processed === written) return false;
  // Nearly always both are in the same minute, and parsing times takes long.
  if (processed.slice(0, 16) === written.slice(0, 16) && processed.slice(19) === written.slice(19)) return false;
  const processedMs = Date.parse(processed);
  return Number.isNaN(processedMs) || Date.parse(written) - processedMs > IMPORTED_AFTER_MS;
}

/** Seconds since 1970. */
export const epochSeconds: FieldReader = (record, from) => {
  const { path, text: found } = record.first(from, 'must be a number: seconds since 1970');
  const rule = 'seconds since 1970';
  if (found === undefined) return { path, value: undefined, rule };
  // Eleven digits reach past the year 5000; more digits mean another unit.
  if (/^\d{1,11}$/.test(found)) return { path, value: new Date(Number(found) * 1000).toISOString(), rule };
  record.refuse(
    path,
    /^\d{12,}$/.test(found) ? 'holds milliseconds, not seconds since 1970' : 'is no number of seconds since 1970',
  );
  return { path, value: undefined, rule };
};

/**
 * The first place with a country. If its code is no country's, the next place is read, but never the setting: the order is from
 * somewhere else.
 */
export const country: FieldReader = (record, from) => {
  let unassigned: string | undefined;
  for (const place of from) {
    const { path, text: found, isWrong } = record.first([place]);
    if (isWrong) return { path, value: undefined, rule: AS_WRITTEN };
    if (found === undefined) continue;
    const value = cleanText(found);
    if (readCountry(value) !== undefined) return { path, value, rule: AS_WRITTEN };
    if (isNothing(value)) continue;
    // The schema reports that it is not a country.
    if (!isCountryCode(value)) return { path, value, rule: AS_WRITTEN };
    unassigned ??= path;
  }
  if (unassigned === undefined) return defaultCountry(record, from[0].path);
  record.refuse(
    unassigned,
    'is a code that ISO 3166-1 has given to no country: Amazon does not know it',
    'unsupported',
  );
  return { path: unassigned, value: undefined, rule: AS_WRITTEN };
};

export function defaultCountry({ context }: SourceRecord, path: string): Reading {
  const rule = 'setting: the payload names no country';
  return { path, value: context.defaultCountry, rule, from: 'DEFAULT_COUNTRY' };
}

/** ISO 4217; the schema reports what is not. */
export const currency: FieldReader = (record, from) => {
  const { path, text: found } = record.first(from, 'must be text: ISO 4217, such as EUR');
  return { path, value: found === undefined ? undefined : cleanText(found), rule: AS_WRITTEN };
};

/** Decimal text or a number of a platform, rounded to two decimals. */
export const money: FieldReader = (record, from) => readMoney(record, from, false);

/** The same from people and spreadsheets: a text that may also mean thousands is rejected. */
export const moneyByHand: FieldReader = (record, from) => readMoney(record, from, true);

function readMoney(record: SourceRecord, from: Places, isByHand: boolean): Reading {
  const rule = 'decimal text, to 2 decimals';
  const { path, text: found, isText } = record.first(from, 'must be a number or decimal text such as "129.90"');
  if (found === undefined) return { path, value: undefined, rule };
  const amount = isText ? cleanCode(found) : found;
  const value = readAmount(amount);
  if (value === undefined) record.refuse(path, faultOfAmount(amount));
  if (isByHand && isText && hasThreeDecimals(amount) && isAmbiguousIn(record, amount)) {
    const message = 'has three decimals, more than the currency: it could be thousands. Write two decimals';
    record.refuse(path, `${message}, and nothing between the thousands`);
  }
  return { path, value, rule };
}

/** A purchase below 0 is refused for that, with thousands or without. */
function isAmbiguousIn(record: SourceRecord, amount: string): boolean {
  if (record.isPurchase && amount.startsWith('-')) return false;
  const { currency: code } = record;
  return isAmbiguousAmount(amount, CURRENCIES.has(code) ? isOfThreeDecimals(code) : undefined);
}

/**
 * The id of an order, with source and event type before it. `DEDUPE_ID_<SOURCE>` can name another field, which is used without a
 * prefix; if an order has none there, it keeps the id that it has without the setting.
 */
export function orderId(source: 'shopify' | 'woocommerce' | 'stripe' | 'order', at = ''): FieldReader {
  const choices = new Map<string, Place>();
  const rule = `derived: ${source} + event type + id`;
  const isZeroAnId = source === 'order';
  return (record, from) => {
    const chosen = source === 'order' ? undefined : record.context.dedupeIds?.[source];
    if (chosen !== undefined && chosen !== 'id') {
      const place = choices.get(chosen) ?? placeAt(`${at}${chosen}`);
      choices.set(chosen, place);
      const { path, id, isThere } = readId(record, place, isZeroAnId);
      if (isThere) return { path, value: id, rule: `bare: ${settingOf(source)} is ${chosen}` };
    }
    const { path, id } = readId(record, from[0], isZeroAnId);
    const eventType = String(record.readings.eventType?.value);
    const value = id === undefined ? undefined : deriveDedupeId(source, eventType, id);
    return { path, value, rule, isPlain: value !== undefined };
  };
}

function settingOf(source: string): `DEDUPE_ID_${string}` {
  return `DEDUPE_ID_${source.toUpperCase()}`;
}

/** A row's number in a file of one's own may be 0; no shop and no tag counts an order so. */
const ZERO = /^0+$/;

/**
 * An id as it is. A number above 2^53 has lost its last digits, and two orders could have the same rest: it is rejected (json.ts
 * keeps such ids as text), like an id that a spreadsheet destroyed.
 */
export function readId(
  record: SourceRecord,
  place: Place,
  isZeroAnId = true,
): { path: string; id: string | undefined; isThere: boolean } {
  const { path } = place;
  const value = record.at(place);
  if (isAbsent(value)) return { path, id: undefined, isThere: false };
  const id = typeof value === 'string' ? cleanCode(value) : textOf(value);
  const fault =
    id === undefined || (typeof value === 'number' && !Number.isSafeInteger(value))
      ? 'must be text or a whole number that has kept its digits'
      : !isZeroAnId && ZERO.test(id)
        ? NO_ID
        : damageOf(id);
  if (fault === undefined) return { path, id, isThere: true };
  record.refuse(path, fault);
  return { path, id: undefined, isThere: true };
}

/**
 * The sum of a list's quantities. A missing quantity counts as 1, and so does a fraction: a length or a weight is one piece.
 * Returned items (a quantity below 0) do not count.
 */
export const units: FieldReader = (record, from) => {
  const rule = 'sum; a missing quantity is 1, a fraction one piece';
  const { path, value: list } = record.present(from);
  if (isAbsent(list)) return { path, value: undefined, rule };
  const items = listIn(list);
  if (items === undefined) {
    record.refuse(path, 'must be a list');
    return { path, value: undefined, rule };
  }
  const { sum, wrong } = record.payload.once('units', items, () => sumOf(items));
  for (const index of wrong) record.refuse(`${path}[${index}].quantity`, 'is no number');
  return { path, value: sum === 0 ? undefined : sum, rule, from: `${path}[].quantity` };
};

/** Places that a list of faults names. */
const PLACES_NAMED = 10;

function sumOf(list: readonly unknown[]): { readonly sum: number; readonly wrong: readonly number[] } {
  const wrong: number[] = [];
  let sum = 0;
  for (let index = 0; index < list.length; index += 1) {
    const quantity = quantityOf(list[index]);
    if (quantity !== undefined) sum += quantity;
    else if (wrong.length < PLACES_NAMED) wrong.push(index);
  }
  return { sum, wrong };
}

function quantityOf(item: unknown): number | undefined {
  if (isAbsent(item)) return 0;
  const fields = fieldsOf(item);
  if (!fields) return undefined;
  const written = fields['quantity'];
  if (isAbsent(written)) return 1;
  const quantity = typeof written === 'number' ? written : Number(textOf(written) ?? Number.NaN);
  if (!Number.isFinite(quantity)) return undefined;
  if (Number.isInteger(quantity)) return Math.max(0, quantity);
  return quantity > 0 ? 1 : 0;
}
