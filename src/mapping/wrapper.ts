/**
 * Payloads that contain the records instead of being one: `{"orders": [...]}` of a shop's API, `{"eventData": [...]}`.
 *
 * A mapper would list each field that such an object lacks, and the reader would look for the fault in the fields.
 */
import { fieldsOf, isAbsent } from './payload.js';
import { type Refusal, refuse } from './refusal.js';

/** Every record of the source has at least one of these fields: an object with any of them is not a wrapper. */
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
/** Not for Stripe, whose events have their object under `data`. */
const OBJECTS = ['order', 'data', 'body'];

/** @returns undefined for a record, or for an unknown form */
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
