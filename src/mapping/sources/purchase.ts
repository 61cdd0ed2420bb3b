/**
 * What the shop platforms have in common: an order of theirs is a purchase.
 *
 * Promises the same event for every delivery of an order: id and time come from the order's making, never from its
 * payment, an update or the delivery. Each fault, all at once, under the path where the platform keeps the field.
 * Never guesses an amount or a currency: a purchase without them would be reported as worth nothing.
 */
import type { MappingContext } from '../context.js';
import { deriveDedupeId } from '../dedupe-id.js';
import { PURCHASE } from '../event.js';
import { finishEvent } from '../finish-event.js';
import { readAmount } from '../money.js';
import { constant, countryOrigin, fromPath, type Origins, type SourcedActionSource } from '../origin.js';
import { type Issue, type Mapped, withIssues } from '../refusal.js';
import { draftMatchKeys, type MatchKeyField, matchKeyNames, matchKeyOrigins } from './match-key-fields.js';
import { type Fields, itemsOf, type Picked, type Place, unitsOf, valueAt } from './payload.js';

export interface Purchase {
  /** The first part of the deduplication id. */
  readonly source: string;
  readonly id: Picked;
  /** ISO 8601 with a time zone. */
  readonly createdAt: Picked;
  /** Decimal text in whole units of the currency. */
  readonly total: Picked;
  readonly currency: Picked;
  readonly country: Picked;
  readonly eventActionSource: SourcedActionSource;
  readonly lineItems?: unknown;
  readonly matchKeys: readonly MatchKeyField[];
  /** The field to fill in where the order holds no match key. */
  readonly matchKeysPath: string;
  /** How the platform writes a time and an amount, for the faults' messages. */
  readonly forms?: { readonly createdAt?: string; readonly total?: string };
}

export function finishPurchase(purchase: Purchase, context: MappingContext): Mapped {
  const { id, createdAt, total, currency, country, forms = {} } = purchase;
  const value = readAmount(total.text);
  const units = unitsOf(itemsOf(purchase.lineItems));
  const issues: Issue[] = [];
  const needs = (field: Picked, form: string) => issues.push({ path: field.path, message: `is required: ${form}` });
  if (id.text === undefined) needs(id, 'the id of the order');
  if (createdAt.text === undefined) needs(createdAt, forms.createdAt ?? 'ISO 8601 with a time zone');
  if (value === undefined) needs(total, forms.total ?? 'a plain decimal amount such as "129.90"');
  if (currency.text === undefined) needs(currency, 'ISO 4217, such as EUR');
  const draft = {
    name: 'purchase',
    eventType: PURCHASE,
    eventActionSource: purchase.eventActionSource.value,
    countryCode: country.text ?? context.defaultCountry,
    timestamp: createdAt.text,
    clientDedupeId: id.text === undefined ? undefined : deriveDedupeId(purchase.source, PURCHASE, id.text),
    matchKeys: draftMatchKeys(purchase.matchKeys),
    ...(value !== undefined && { value }),
    ...(currency.text !== undefined && { currencyCode: currency.text }),
    ...(units !== undefined && { unitsSold: units }),
  };
  const fieldNamesOf = () => ({
    countryCode: country.path,
    timestamp: createdAt.path,
    clientDedupeId: id.path,
    value: total.path,
    currencyCode: currency.path,
    unitsSold: 'line_items',
    matchKeys: purchase.matchKeysPath,
    ...matchKeyNames(purchase.matchKeys),
  });
  return withIssues(
    finishEvent(draft, context, fieldNamesOf, () => originsOf(purchase)),
    issues,
  );
}

function originsOf(purchase: Purchase): Origins {
  const { id, createdAt, total, currency, country, source } = purchase;
  return {
    name: constant('every order is named purchase'),
    eventType: constant('an order is a purchase'),
    eventActionSource: purchase.eventActionSource.origin,
    countryCode: countryOrigin(country.text === undefined ? undefined : country.path),
    timestamp: fromPath(createdAt.path, createdAt.rule),
    clientDedupeId: fromPath(id.path, `derived: ${source} + event type + id`),
    value: fromPath(total.path, `${total.rule ?? 'decimal text'}, to 2 decimals`),
    currencyCode: fromPath(currency.path),
    unitsSold: fromPath('line_items[].quantity', 'sum; a missing quantity is 1'),
    ...matchKeyOrigins(purchase.matchKeys),
  };
}

/**
 * The id of an order. A number past 2^53 has lost its last digits, and two orders could share what is left: it counts
 * as absent (json.ts keeps such ids as text).
 */
export function pickId(payload: Fields, place: Place): Picked {
  const id = valueAt(payload, place);
  const isWhole = typeof id === 'string' || Number.isSafeInteger(id);
  return { path: place.path, text: isWhole ? String(id).trim() || undefined : undefined };
}
