/**
 * Source `csv`: one record of a file of offline conversions, as `{column: text}`. Reading the file is the producer's.
 *
 * It is our own format, so unknown columns are refused: a misspelt `emial` must not pass as an event without one. An
 * empty cell counts as absent. Never guesses an id: a file is easily sent twice, and only an id of the caller's shows
 * that it was. Columns: docs/sources.md.
 */
import { z } from 'zod';
import type { MappingContext } from '../context.js';
import { finishEvent } from '../finish-event.js';
import type { MatchKeyType } from '../match-key.js';
import { readAmount } from '../money.js';
import { countryOrigin, defaultActionSource, fromPath, type Origins } from '../origin.js';
import { type Issue, issuesOf, type Mapped, withIssues } from '../refusal.js';
import { draftMatchKeys, type MatchKeyField, matchKeyNames, matchKeyOrigins } from './match-key-fields.js';

const cell = z
  .string({ error: 'must be text' })
  .transform((text) => text.trim() || undefined)
  .optional();

const recordRules = z.strictObject(
  {
    name: cell,
    eventType: cell,
    eventActionSource: cell,
    countryCode: cell,
    timestamp: cell,
    clientDedupeId: cell,
    value: cell,
    currencyCode: cell,
    unitsSold: cell,
    dataProcessingOptions: cell,
    amznAdStorage: cell,
    amznUserData: cell,
    tcf: cell,
    gpp: cell,
    email: cell,
    phone: cell,
    first_name: cell,
    last_name: cell,
    address: cell,
    city: cell,
    state: cell,
    postal: cell,
    maid: cell,
  },
  {
    error: (issue) => (issue.code === 'invalid_type' ? 'must be an object: column names to text' : undefined),
  },
);
export const recordSchema = z.compile(recordRules);
type CsvRecord = z.output<typeof recordSchema>;

/** Every column that a file may have. */
export const CSV_COLUMNS: ReadonlySet<string> = new Set(Object.keys(recordSchema.shape));

const MATCH_KEYS: readonly (readonly [column: keyof CsvRecord, type: MatchKeyType])[] = [
  ['email', 'EMAIL'],
  ['phone', 'PHONE'],
  ['first_name', 'FIRST_NAME'],
  ['last_name', 'LAST_NAME'],
  ['address', 'ADDRESS'],
  ['city', 'CITY'],
  ['state', 'STATE'],
  ['postal', 'POSTAL'],
  ['maid', 'MAID'],
];

const COLUMN_NAMES = {
  matchKeys: 'email',
  consent: 'amznUserData',
  'consent.amazonConsent.amznAdStorage': 'amznAdStorage',
  'consent.amazonConsent.amznUserData': 'amznUserData',
  'consent.tcf': 'tcf',
  'consent.gpp': 'gpp',
  'dataProcessingOptions[0]': 'dataProcessingOptions',
};

/** Fields have the names of their columns, but for those that are named otherwise. */
const COLUMN_ORIGINS: Origins = {
  ...Object.fromEntries(Object.keys(recordSchema.shape).map((column) => [column, fromPath(column)] as const)),
  ...Object.fromEntries(Object.entries(COLUMN_NAMES).map(([field, column]) => [field, fromPath(column)] as const)),
  value: fromPath('value', 'decimal text, to 2 decimals'),
  unitsSold: fromPath('unitsSold', 'whole number'),
};

export function mapCsv(payload: unknown, context: MappingContext): Mapped[] {
  const checked = recordSchema.safeParse(payload);
  if (!checked.success) return [{ ok: false, reason: 'invalid', issues: issuesOf(checked.error) }];
  const record = checked.data;
  const issues: Issue[] = [];
  const value = readAmount(record.value);
  if (record.value !== undefined && value === undefined) {
    issues.push({ path: 'value', message: 'is not a plain decimal amount' });
  }
  const units = /^\d+$/.test(record.unitsSold ?? '') ? Number(record.unitsSold) : undefined;
  if (record.unitsSold !== undefined && units === undefined) {
    issues.push({ path: 'unitsSold', message: 'must be a whole number' });
  }
  // Two addresses hashed as one would match nobody, in silence.
  if (/@.*@/s.test(record.email ?? '')) issues.push({ path: 'email', message: 'takes one e-mail address' });
  const matchKeys = matchKeysOf(record);
  const consent = consentOf(record);
  const actionSource = defaultActionSource(context, 'OFFLINE');
  const draft = {
    name: record.name,
    eventType: record.eventType ?? context.eventType,
    eventActionSource: record.eventActionSource ?? actionSource.value,
    countryCode: record.countryCode ?? context.defaultCountry,
    timestamp: record.timestamp,
    clientDedupeId: record.clientDedupeId,
    matchKeys: draftMatchKeys(matchKeys),
    ...(value !== undefined && { value }),
    ...(record.currencyCode !== undefined && { currencyCode: record.currencyCode }),
    ...(units !== undefined && { unitsSold: units }),
    ...(record.dataProcessingOptions !== undefined && { dataProcessingOptions: [record.dataProcessingOptions] }),
    ...(consent && { consent }),
  };
  const originsOf = () => ({
    ...COLUMN_ORIGINS,
    ...(record.eventType === undefined && { eventType: fromPath('(the call)', 'said with the call') }),
    ...(record.eventActionSource === undefined && { eventActionSource: actionSource.origin }),
    ...(record.countryCode === undefined && { countryCode: countryOrigin(undefined) }),
    ...matchKeyOrigins(matchKeys),
  });
  const fieldNamesOf = () => ({ ...COLUMN_NAMES, ...matchKeyNames(matchKeys) });
  return [withIssues(finishEvent(draft, context, fieldNamesOf, originsOf), issues)];
}

function matchKeysOf(record: CsvRecord): MatchKeyField[] {
  const matchKeys: MatchKeyField[] = [];
  for (const [column, type] of MATCH_KEYS) {
    const value = record[column];
    if (value !== undefined) matchKeys.push({ type, path: column, value });
  }
  return matchKeys;
}

/** EU accounts must send one of these signals with each event; a cell that is there is a signal. */
function consentOf({ amznAdStorage, amznUserData, tcf, gpp }: CsvRecord): object | undefined {
  const hasAmazonConsent = amznAdStorage !== undefined || amznUserData !== undefined;
  if (!hasAmazonConsent && tcf === undefined && gpp === undefined) return undefined;
  return {
    ...(hasAmazonConsent && {
      amazonConsent: { ...(amznAdStorage !== undefined && { amznAdStorage }), amznUserData },
    }),
    ...(tcf !== undefined && { tcf }),
    ...(gpp !== undefined && { gpp }),
  };
}
