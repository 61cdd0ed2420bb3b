/**
 * Where the fields of a GA4 event come from, for explanations (origin.ts). The choices are those of ga4.ts: the first
 * of several places that holds a value.
 */
import type { MappingContext } from '../context.js';
import { constant, countryOrigin, fromPath, type Origin, type Origins } from '../origin.js';
import type { Ga4Attribute } from './ga4-attributes.js';
import { ga4ConsentPaths } from './ga4-consent.js';
import { type Fields, fieldsOf, firstPresent, firstPresentPath, placeAt, textOf, valueAt } from './payload.js';

const TIME_RULES: Readonly<Record<string, string>> = {
  timestamp_ms: 'milliseconds since 1970',
  timestamp_micros: 'microseconds since 1970',
  timestamp: 'as written',
};

export function ga4Origins(payload: Fields, context: MappingContext, attributes: readonly Ga4Attribute[]): Origins {
  const at = (...paths: readonly string[]) => firstPresentPath(payload, paths) ?? '';
  const name = textOf(payload['event_name']) === undefined ? 'event' : 'event_name';
  const isWritten = (field: string) => textOf(payload[field]) !== undefined;
  const time = ['timestamp_ms', 'timestamp_micros'].find(isWritten) ?? 'timestamp';
  const consent = ga4ConsentPaths(payload);
  const items = at('ecommerce.items', 'items');
  const list = valueAt(payload, placeAt(items));
  const firstItem = Array.isArray(list) ? list.findIndex((entry: unknown) => fieldsOf(entry) !== undefined) : 0;
  return {
    name: fromPath(name),
    eventType: context.eventType
      ? fromPath('(the call)', 'said with the call')
      : fromPath(name, 'GA4 name to Amazon type'),
    countryCode: countryOrigin(countryPath(payload)),
    timestamp: fromPath(time, TIME_RULES[time]),
    clientDedupeId: dedupeIdOrigin(payload, at('ecommerce.transaction_id', 'transaction_id')),
    value: fromPath(at('ecommerce.value', 'value'), 'decimal text, to 2 decimals'),
    currencyCode: fromPath(at('ecommerce.currency', 'currency')),
    unitsSold: fromPath(`${items}[].quantity`, 'sum; a missing quantity is 1'),
    'consent.amazonConsent.amznAdStorage': fromPath(consent.adStorage ?? '', 'Google’s signal'),
    'consent.amazonConsent.amznUserData': fromPath(consent.userData ?? '', 'Google’s signal'),
    ...Object.fromEntries(
      attributes.flatMap(({ field }, index) => [
        [`customAttributes[${index}].name`, constant(`the name for ${field}`)] as const,
        [
          `customAttributes[${index}].value`,
          fromPath(`${items}[${firstItem}].${field}`, 'the first item’s; other characters become _'),
        ] as const,
      ]),
    ),
  };
}

/** The same origins by where a Measurement Protocol body holds the fields. */
export function locatedBy(locate: (field: string) => string, origins: Origins): Origins {
  const located = Object.entries(origins).map(([field, origin]) => [field, locateOne(locate, origin)] as const);
  return Object.fromEntries(located);
}

function locateOne(locate: (field: string) => string, origin: Origin): Origin {
  const isPath = origin.from !== null && /^[a-z]/.test(origin.from);
  return isPath && origin.from !== null ? { ...origin, from: locate(origin.from) } : origin;
}

function dedupeIdOrigin(payload: Fields, transactionPath: string): Origin {
  if (textOf(payload['event_id']) !== undefined) return fromPath('event_id');
  if (transactionPath === '') return fromPath('(all)', 'derived: ga4 + event type + hash of the whole event');
  return fromPath(transactionPath, 'derived: ga4 + event type + transaction id');
}

function countryPath(payload: Fields): string | undefined {
  const direct = firstPresentPath(payload, ['country_code']);
  if (direct !== undefined) return direct;
  const address = valueAt(payload, placeAt('user_data.address'));
  if (!Array.isArray(address)) return firstPresentPath(payload, ['user_data.address.country']);
  const index = address.findIndex((entry: unknown) => firstPresent(fieldsOf(entry)?.['country']) !== undefined);
  return index === -1 ? undefined : `user_data.address[${index}].country`;
}
