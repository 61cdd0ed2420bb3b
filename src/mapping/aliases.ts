/**
 * Other names of an order: its number and name at the shop, if its dedupe id is made of another field.
 *
 * PURE. They are stored with the event so that a person finds it by what is written on the order; they are never sent. Only short
 * plain ids are taken, never what could be an e-mail address.
 */
import { fieldsOf, textOf } from './payload.js';
import type { Source } from './source.js';

/** All fields in which a source's payload has ids of an order. */
const ID_FIELDS: Readonly<Partial<Record<Source, readonly string[]>>> = {
  shopify: ['id', 'name', 'order_number'],
  woocommerce: ['id', 'number'],
  stripe: ['id', 'payment_intent', 'client_reference_id'],
};
const PLAIN = /^[\w.:#-]{1,28}$/;

/** Sources whose orders have aliases. */
export const ALIASED_SOURCES = ['shopify', 'woocommerce', 'stripe'] as const satisfies readonly Source[];

/** An alias in the form in which it is stored and looked up: some people write a leading `#`, some do not. */
export function aliasOf(id: string): string {
  return id.trim().replace(/^#/, '');
}

/** All ids of an order, also of a rejected one; none for most sources, whose events are found only by their dedupe id. */
export function shopIdsOf(source: Source, payload: unknown): string[] {
  const names = ID_FIELDS[source];
  if (!names) return NONE;
  const fields = fieldsOf(payload);
  // In Stripe's events the object is nested.
  const order = fieldsOf(fieldsOf(fields?.['data'])?.['object']) ?? fields;
  const found = new Set<string>();
  for (const name of names) {
    const id = textOf(order?.[name]);
    if (id !== undefined && PLAIN.test(id)) found.add(aliasOf(id));
  }
  return [...found];
}

export function aliasesOf(source: Source, payload: unknown, clientDedupeId: string): string[] {
  const ids = shopIdsOf(source, payload);
  if (ids.length === 0) return NONE;
  const own = aliasOf(tailOf(clientDedupeId));
  return ids.filter((id) => id !== own);
}

/** The shop's part of a derived id (`shopify:OFF_AMAZON_PURCHASES:1001`); of any other id, the whole. */
export function tailOf(clientDedupeId: string): string {
  return /^[a-z0-9]+:[A-Z_]+:(.+)/.exec(clientDedupeId)?.[1] ?? clientDedupeId;
}

const NONE: string[] = [];
