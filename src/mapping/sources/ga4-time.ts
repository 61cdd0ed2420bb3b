/**
 * The time of a GA4 event: `timestamp_ms`, `timestamp_micros` or ISO `timestamp`. Each unit is known by its digits.
 *
 * Measurement Protocol bodies mostly have none, because Google takes the time of receipt then. Here that has to be asked for:
 * a body that is sent again later would get a later time.
 */
import { at, type Place, placeAt, textOf } from '../payload.js';
import type { FieldReader, Reading, SourceRecord } from '../table.js';
import { cleanText } from '../text.js';
import { isoOf } from '../time.js';

interface Unit {
  readonly name: string;
  readonly digits: RegExp;
}

/** Of any time between 1980 and 5138. */
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
  const inMillis = textAt(record, MILLIS);
  if (inMillis !== undefined) return inUnit(record, MILLIS, inMillis, MILLISECONDS);
  const inMicros = textAt(record, MICROS);
  if (inMicros !== undefined) return inUnit(record, MICROS, inMicros, MICROSECONDS);
  const { path, text, isWrong } = record.first(ISO, 'must be text: ISO 8601 with a time zone');
  if (text !== undefined) return { path, value: cleanText(text), rule: 'as written' };
  const { isTimedOnReceipt, nowMs } = record.context;
  if (isWrong) return { path, value: undefined, rule: '' };
  if (isTimedOnReceipt) return { path, value: isoOf(nowMs), rule: 'the time of receipt', from: '(the call)' };
  record.refuse(path, NO_TIME);
  return { path, value: undefined, rule: '' };
};

/** Undefined where there is nothing; empty where something is there that is no number. */
function textAt(record: SourceRecord, place: Place): string | undefined {
  const value = record.at(place);
  if (value === undefined || value === null || value === '') return undefined;
  return textOf(value) ?? '';
}

function inUnit(record: SourceRecord, { path }: Place, text: string, unit: Unit): Reading {
  const rule = `${unit.name} since 1970`;
  if (unit.digits.test(text)) {
    const ms = unit === MICROSECONDS ? text.replace(/\..*$/, '').slice(0, -3) : text;
    return { path, value: isoOf(Number(ms)), rule };
  }
  const found = [SECONDS, MILLISECONDS, MICROSECONDS].find(({ digits }) => digits.test(text));
  record.refuse(
    path,
    found ? `holds ${found.name}, not ${unit.name} since 1970` : `is no number of ${unit.name} since 1970`,
  );
  return { path, value: undefined, rule };
}
