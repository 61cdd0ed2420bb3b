/**
 * Source `csv`: one record of a file of offline conversions, as `{column: text}`. The producer reads the file.
 *
 * It is our own format, so unknown columns are rejected: a misspelt `emial` must not count as an event without one. An empty cell
 * counts as absent. Never guesses an id: a file is easily sent twice, and only an id of the caller's shows that.
 */
import { z } from 'zod';
import type { MappingContext } from '../context.js';
import { each } from '../key-readers.js';
import type { Origins } from '../origin.js';
import { at, type Fields, fieldsOf, type Places, PlainPayload } from '../payload.js';
import { country, currency, moneyByHand, readId, saidOr, text, time } from '../readers.js';
import { faultsBy, type Mapped, NO_FAULTS, refuse } from '../refusal.js';
import type { FieldReader, SourceTable } from '../table.js';
import { TableMapper } from '../table-mapper.js';
import { cleanText } from '../text.js';

const ACTION_SOURCE = saidOr('OFFLINE');

/** The cell's text, or the value of another reader if it is empty. */
function textOr(otherwise: FieldReader): FieldReader {
  return (record, from) => {
    const found = text(record, from);
    return found.value === undefined ? { ...otherwise(record, from), path: found.path } : found;
  };
}

const eventType: FieldReader = ({ context }) => ({
  path: '',
  value: context.eventType,
  rule: 'said with the call',
  from: '(the call)',
});

const id: FieldReader = (record, [place]) => {
  const { path, id: value } = readId(record, place);
  return { path, value, rule: 'as written' };
};

const wholeNumber: FieldReader = (record, from) => {
  const { path, text: found } = record.first(from);
  const rule = 'whole number';
  if (found === undefined) return { path, value: undefined, rule };
  const written = cleanText(found);
  // `2.0` comes from a data frame with an empty cell in the column; `1.000` may be thousands.
  if (/^\d+(?:[.,]0{1,2})?$/.test(written)) return { path, value: Number.parseInt(written, 10), rule };
  record.refuse(path, 'must be a whole number');
  return { path, value: undefined, rule };
};

const asList: FieldReader = (record, from) => {
  const { path, value, rule } = text(record, from);
  return {
    path,
    value: value === undefined ? undefined : [value],
    rule,
    parts: { 'dataProcessingOptions[0]': { from: path, rule } },
  };
};

const AD_STORAGE = at('amznAdStorage');
const USER_DATA = at('amznUserData');
const TCF = at('tcf');
const GPP = at('gpp');

/** EU accounts must send one of these signals with each event; a cell with a value is a signal. */
const consent: FieldReader = (record, from) => {
  if (record.present(from).value === undefined) return NO_CONSENT;
  const of = (column: Places) => text(record, column).value;
  const amazon = { amznAdStorage: of(AD_STORAGE), amznUserData: of(USER_DATA) };
  const strings = { tcf: of(TCF), gpp: of(GPP) };
  const hasAmazon = amazon.amznAdStorage !== undefined || amazon.amznUserData !== undefined;
  const hasAny = hasAmazon || strings.tcf !== undefined || strings.gpp !== undefined;
  return {
    path: 'amznUserData',
    value: hasAny ? present({ amazonConsent: hasAmazon ? present(amazon) : undefined, ...strings }) : undefined,
    rule: 'as written',
    parts: CONSENT_PARTS,
  };
};

const NO_CONSENT = { path: 'amznUserData', value: undefined, rule: 'as written' };

const CONSENT_PARTS: Origins = Object.fromEntries(
  [
    ['consent.amazonConsent.amznAdStorage', 'amznAdStorage'],
    ['consent.amazonConsent.amznUserData', 'amznUserData'],
    ['consent.tcf', 'tcf'],
    ['consent.gpp', 'gpp'],
  ].map(([field = '', from = '']) => [field, { from, rule: 'as written' }] as const),
);

function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export const CSV: SourceTable = {
  source: 'csv',
  refusals: [],
  fields: {
    name: { from: at('name'), read: text, note: 'required, as in `conversion`' },
    eventType: { from: at('eventType'), read: textOr(eventType), note: 'required, or said with the call' },
    eventActionSource: {
      from: at('eventActionSource'),
      read: textOr(ACTION_SOURCE),
      note: 'default OFFLINE',
    },
    countryCode: { from: at('countryCode'), read: country, note: 'required, or `DEFAULT_COUNTRY`' },
    timestamp: { from: at('timestamp'), read: time, note: 'required, ISO 8601' },
    clientDedupeId: { from: at('clientDedupeId'), read: id, note: 'required' },
    value: { from: at('value'), read: moneyByHand, note: '`1249.90`, not `1.249,90`' },
    currencyCode: { from: at('currencyCode'), read: currency, note: '' },
    unitsSold: { from: at('unitsSold'), read: wholeNumber, note: 'a whole number' },
    consent: {
      from: at('amznAdStorage', 'amznUserData', 'tcf', 'gpp'),
      read: consent,
      note: '`GRANTED` or `DENIED`, the first only with the second; consent strings',
    },
    dataProcessingOptions: { from: at('dataProcessingOptions'), read: asList, note: '`LIMITED_DATA_USE`' },
  },
  keys: [
    each('EMAIL', ['email'], ''),
    each('PHONE', ['phone'], ''),
    each('FIRST_NAME', ['first_name'], ''),
    each('LAST_NAME', ['last_name'], ''),
    each('ADDRESS', ['address'], ''),
    each('CITY', ['city'], ''),
    each('STATE', ['state'], ''),
    each('POSTAL', ['postal'], ''),
    each('MAID', ['maid'], 'sent as it is'),
  ],
  keysPath: 'email',
  isCapped: true,
};

const MAPPER = new TableMapper(CSV);

const cell = z.string({ error: 'must be text' }).optional();

/** The columns are those that the table reads. */
const recordRules = z.strictObject(
  Object.fromEntries(
    [
      ...Object.values(CSV.fields).flatMap(({ from }) => from.map(({ path }) => path)),
      ...CSV.keys.flatMap(({ paths }) => paths),
    ].map((column) => [column, cell] as const),
  ),
);
export const recordSchema = z.compile(recordRules);

/** Every column that a file may have. */
export const CSV_COLUMNS: ReadonlySet<string> = new Set(Object.keys(recordSchema.shape));

export function mapCsv(payload: unknown, context: MappingContext): Mapped[] {
  const record = fieldsOf(payload);
  if (!record) return [refuse('invalid', '', 'must be an object: column names to text')];
  const faults = isWellFormed(record) ? NO_FAULTS : faultsBy(recordSchema, record);
  return [MAPPER.map(new PlainPayload(record), context, { faults })];
}

/** Nearly all records: checked in a fraction of the schema's time. */
function isWellFormed(record: Fields): boolean {
  for (const column in record) if (!CSV_COLUMNS.has(column) || typeof record[column] !== 'string') return false;
  return true;
}
