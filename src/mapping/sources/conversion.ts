/**
 * Source `conversion`: the payload is the event itself, with match keys raw or already hashed.
 *
 * It is our own format, so unknown fields are rejected.
 */
import type { MappingContext } from '../context.js';
import { damageOf } from '../damaged-id.js';
import { at, fieldsOf, PlainPayload } from '../payload.js';
import { asWritten, defaultCountry } from '../readers.js';
import { type Fault, type Mapped, nameOf, refuse, unknownField } from '../refusal.js';
import type { FieldReader, FieldRow, SourceTable } from '../table.js';
import { TableMapper } from '../table-mapper.js';
import { cleanCode } from '../text.js';
import { completeTime } from '../time.js';
import { keysOf } from './conversion-keys.js';

const own = (field: string, note: string, read: FieldReader = asWritten): FieldRow => ({ from: at(field), read, note });

const country: FieldReader = (record, from) => {
  const reading = asWritten(record, from);
  return reading.value === undefined ? defaultCountry(record, reading.path) : reading;
};

const time: FieldReader = (record, from) => {
  const { path, value, rule } = asWritten(record, from);
  return { path, value: typeof value === 'string' ? completeTime(value) : value, rule };
};

/** A spreadsheet's guard is removed; an id that a spreadsheet destroyed is rejected. */
const id: FieldReader = (record, from) => {
  const { path, value, rule } = asWritten(record, from);
  if (typeof value !== 'string') return { path, value, rule };
  const text = cleanCode(value);
  const damage = text === '' ? undefined : damageOf(text);
  if (damage === undefined) return { path, value: text === value.trim() ? value : text, rule };
  record.refuse(path, damage);
  return { path, value: undefined, rule };
};

export const CONVERSION: SourceTable = {
  source: 'conversion',
  refusals: [],
  fields: {
    name: own('name', 'required text, at most 256 characters'),
    eventType: own('eventType', 'required: `OFF_AMAZON_PURCHASES`, `LEAD`, `SIGN_UP`, …'),
    eventActionSource: own('eventActionSource', 'required: `WEBSITE`, `OFFLINE`, `APP_ANDROID`, `APP_IOS`, `FIRE_TV`'),
    countryCode: own('countryCode', 'required, or `DEFAULT_COUNTRY`', country),
    timestamp: own('timestamp', 'required, ISO 8601', time),
    clientDedupeId: own('clientDedupeId', 'required, at most 256 characters, no e-mail address', id),
    value: own('value', 'at most 2 decimals'),
    currencyCode: own('currencyCode', 'purchases only'),
    unitsSold: own('unitsSold', 'purchases only'),
    consent: own(
      'consent',
      '`{amazonConsent: {amznAdStorage, amznUserData}}`, `{tcf}` or `{gpp}`; `{geo: {ipAddress}}` with `KEEP_IP_ADDRESSES` only',
    ),
    dataProcessingOptions: own('dataProcessingOptions', '`["LIMITED_DATA_USE"]`'),
    customAttributes: own('customAttributes', 'at most 13 `{name, value}` of letters, digits, underscore'),
  },
  keys: [
    {
      to: 'matchKeys',
      shown: '`matchKeys`',
      paths: ['matchKeys'],
      note: '`[{type, values: [one]}]`, raw or hashed (64 hex digits), 1 to 15',
      addTo: () => undefined,
    },
  ],
  keysPath: 'matchKeys',
  isCapped: false,
};

const MAPPER = new TableMapper(CONVERSION);

const FIELDS: ReadonlySet<string> = new Set([...Object.keys(CONVERSION.fields), 'matchKeys']);

export function mapConversion(payload: unknown, context: MappingContext): Mapped[] {
  return [checkConversion(payload, context)];
}

export function checkConversion(payload: unknown, context: MappingContext): Mapped {
  const event = fieldsOf(payload);
  if (!event) return refuse('invalid', '', 'must be an object: the event');
  const faults: Fault[] = [];
  const keys = keysOf(event['matchKeys'] ?? [], faults);
  for (const field in event)
    if (!FIELDS.has(field) && Object.hasOwn(event, field)) faults.push(unknownField(nameOf(field)));
  return MAPPER.map(new PlainPayload(event), context, { faults, keys });
}
