/**
 * The time of a GA4 event: `timestamp_ms`, `timestamp_micros` or ISO `timestamp`. The digits tell the unit.
 *
 * Measurement Protocol bodies mostly have no time, because Google then uses the time of receipt. Here that must be switched on: a
 * body that is sent again later would get a later time.
 */
import { at, type Place, placeAt, textOf } from '../payload.js';
import type { Reading } from '../reading.js';
import type { SourceRecord } from '../source-record.js';
import type { FieldReader } from '../table.js';
import { cleanText } from '../text.js';
import { completeTime } from '../time.js';

interface Unit {
  readonly name: string;
  readonly digits: RegExp;
}

/** For any time between 1980 and 5138. */
const SECONDS: Unit = { name: 'seconds', digits: /^\d{9,11}(?:\.\d+)?$/ };
const MILLISECONDS: Unit = { name: 'milliseconds', digits: /^\d{12,14}(?:\.\d+)?$/ };
const MICROSECONDS: Unit = { name: 'microseconds', digits: /^\d{15,17}(?:\.\d+)?$/ };

const MILLIS = placeAt('timestamp_ms');
const MICROS = placeAt('timestamp_micros');
const ISO = at('timestamp');

const NO_TIME =
  'is required: add timestamp_micros, when the event happened; receivedAt=now on the URL of the intake takes its clock instead';

export const TIME_PLACES = at(MILLIS.path, MICROS.path, 'timestamp');

export const ga4Time: FieldReader = (record) => {
  const inMillis = record.at(MILLIS);
  // Nearly all values; turning a number into text takes long.
  if (isWholeMillis(inMillis))
    return { path: MILLIS.path, value: new Date(inMillis).toISOString(), rule: 'milliseconds since 1970' };
  if (isThere(inMillis)) return inUnit(record, MILLIS, inMillis, MILLISECONDS);
  const inMicros = record.at(MICROS);
  if (isThere(inMicros)) return inUnit(record, MICROS, inMicros, MICROSECONDS);
  const { path, text, isWrong } = record.first(ISO, 'must be text: ISO 8601 with a time zone');
  if (text !== undefined) return { path, value: completeTime(cleanText(text)), rule: 'as written' };
  const { isTimedOnReceipt, nowMs } = record.context;
  if (isWrong) return { path, value: undefined, rule: '' };
  if (isTimedOnReceipt)
    return { path, value: new Date(nowMs).toISOString(), rule: 'the time of receipt', from: '(the call)' };
  record.refuse(path, NO_TIME);
  return { path, value: undefined, rule: '' };
};

/** By its digits, in the same range as `MILLISECONDS`. */
function isWholeMillis(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1e11 && value < 1e14;
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function inUnit(record: SourceRecord, { path }: Place, value: unknown, unit: Unit): Reading {
  const rule = `${unit.name} since 1970`;
  const text = textOf(value) ?? '';
  if (unit.digits.test(text)) {
    const ms = unit === MICROSECONDS ? text.replace(/\..*$/, '').slice(0, -3) : text;
    return { path, value: new Date(Number(ms)).toISOString(), rule };
  }
  const found = [SECONDS, MILLISECONDS, MICROSECONDS].find(({ digits }) => digits.test(text));
  record.refuse(
    path,
    found ? `holds ${found.name}, not ${unit.name} since 1970` : `is no number of ${unit.name} since 1970`,
  );
  return { path, value: undefined, rule };
}
