/**
 * The query of a request: account, source and how its events are read.
 */
import { z } from 'zod';
import { COUNTRY_CODES } from '../../mapping/country-codes.js';
import { EVENT_TYPES } from '../../mapping/event.js';
import { SOURCES } from '../../mapping/source.js';
import { didYouMean } from '../../settings/near-name.js';

const consent = z
  .enum(['granted', 'denied'], { error: 'is granted or denied' })
  .optional()
  .describe('Consent of all customers of this request, for records that do not say it');

const defaultCountry = z
  .string()
  .toUpperCase()
  .refine((code) => COUNTRY_CODES.has(code), 'is no ISO 3166-1 alpha-2 country')
  .optional()
  .describe('Country of the records of this request that name none, in place of DEFAULT_COUNTRY');

const EVENTS_PARAMETERS = {
  source: z
    .enum(SOURCES, { error: `is one of ${SOURCES.join(', ')}` })
    .default('conversion')
    .describe('Format of the records'),
  account: z.string().default('default').describe('The account whose queue takes the events'),
  eventType: z
    .enum(EVENT_TYPES, { error: `is one of ${EVENT_TYPES.join(', ')}` })
    .optional()
    .describe('Event type for GA4 events whose name has none'),
  consent,
  defaultCountry,
  receivedAt: z
    .enum(['now'], { error: 'is now, or left out' })
    .optional()
    .describe('`now`: GA4 events without a time happened when the intake got them. Better: add timestamp_micros'),
};

/** Strict: a misspelt `account` would send the events to the default account and skip the consent rule. */
export const eventsQuerySchema = z.strictObject(EVENTS_PARAMETERS);

/** The same schema, compiled because it is read at each request. */
export const readEventsQuery = z.compile(eventsQuerySchema);

const FIND_PARAMETERS = {
  source: z
    .enum(SOURCES, { error: `is one of ${SOURCES.join(', ')}` })
    .optional()
    .describe('Only events of this source'),
  account: z.string().optional().describe('Only this account; else all that the key may see'),
};

/** Strict: a misspelt `account` would look through all of them. */
export const findQuerySchema = z.strictObject(FIND_PARAMETERS);
export const readFindQuery = z.compile(findQuerySchema);

/** A webhook's URL counts only as far as its account allows it (webhook-senders.ts). */
export const webhookQuerySchema = z.object({
  consent,
  defaultCountry,
  account: z
    .string()
    .optional()
    .describe('The account, where the secret belongs to several; else it is that of the secret'),
});
export type WebhookQuery = z.output<typeof webhookQuerySchema>;

/** What is wrong with the query of events, for the caller. */
export function faultOfEventsQuery(error: z.core.$ZodError): string {
  return faultOfQuery(error, EVENTS_PARAMETERS);
}

export function faultOfFindQuery(error: z.core.$ZodError): string {
  return faultOfQuery(error, FIND_PARAMETERS);
}

function faultOfQuery({ issues: [issue] }: z.core.$ZodError, parameters: object): string {
  if (issue?.code !== 'unrecognized_keys') return `${String(issue?.path[0])} ${issue?.message}`;
  const known = Object.keys(parameters);
  const [name = ''] = issue.keys;
  return `${name} is no parameter: ${didYouMean(name, known, '') || `known are ${known.join(', ')}`}`;
}
