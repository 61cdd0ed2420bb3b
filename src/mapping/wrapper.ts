/**
 * Payloads that hold the records instead of being one: `{"orders": [...]}` of a shop's API, `{"eventData": [...]}`.
 *
 * A mapper would list each field that such an object lacks, and its reader would look for the fault in the fields.
 */
import { fieldsOf, isAbsent } from './payload.js';
import { type Refusal, refuse } from './refusal.js';

/** Fields of which every record of the source has one: an object that has any of them is no wrapper. */
const OWN_FIELDS: Readonly<Record<string, readonly string[]>> = {
  conversion: ['name', 'eventType', 'clientDedupeId', 'matchKeys'],
  ga4: ['event', 'event_name', 'events', 'ecommerce', 'eventModel'],
  order: ['id', 'createdAt', 'total'],
  shopify: ['id', 'created_at', 'total_price'],
  woocommerce: ['id', 'date_created_gmt', 'total'],
  stripe: ['type'],
  csv: ['name', 'eventType', 'clientDedupeId'],
};

const LISTS = ['orders', 'events', 'eventData', 'records', 'rows', 'results', 'data'];
/** Not of Stripe, whose events hold their object under `data`. */
const OBJECTS = ['order', 'data', 'body'];

/** @returns undefined for what is a record, or nothing that is known */
export function refuseWrapper(source: string, payload: unknown): Refusal | undefined {
  const fields = fieldsOf(payload);
  if (!fields || OWN_FIELDS[source]?.some((field) => !isAbsent(fields[field])) !== false) return undefined;
  const list = LISTS.find((field) => Array.isArray(fields[field]));
  if (list !== undefined) return refuse('invalid', list, 'holds a list: send its entries, not what is around it');
  const object = source === 'stripe' ? undefined : OBJECTS.find((field) => fieldsOf(fields[field]) !== undefined);
  return object === undefined
    ? undefined
    : refuse('invalid', object, 'holds an object: send that, not what is around it');
}
