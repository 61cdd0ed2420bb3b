/**
 * Other names of an order: its number and name at the shop, where its dedupe id is made of another field.
 *
 * PURE. They are kept beside the event so that a person finds it by what is written on the order; they are never sent. Only short
 * plain ids are taken, never what could be an e-mail address.
 */
import { fieldsOf, textOf } from './payload.js';
import type { Source } from './source.js';

/** Where a source's payload holds ids of an order, all of them. */
const ID_FIELDS: Readonly<Partial<Record<Source, readonly string[]>>> = {
  shopify: ['id', 'name', 'order_number'],
  woocommerce: ['id', 'number'],
  stripe: ['id', 'payment_intent', 'client_reference_id'],
};
const PLAIN = /^[\w.:#-]{1,28}$/;

/** Sources whose orders have aliases. */
export const ALIASED_SOURCES = ['shopify', 'woocommerce', 'stripe'] as const satisfies readonly Source[];

/** An alias as it is kept and looked for: a leading `#` is written by some and left out by others. */
export function aliasOf(id: string): string {
  return id.trim().replace(/^#/, '');
}

/** All ids of an order, of a refused one too; none for most sources, whose events are found by their dedupe id alone. */
export function shopIdsOf(source: Source, payload: unknown): string[] {
  const names = ID_FIELDS[source];
  if (!names) return NONE;
  const fields = fieldsOf(payload);
  // Stripe's events hold their object.
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

/** Of a derived id (`shopify:OFF_AMAZON_PURCHASES:1001`) the part that is the shop's; another is that as a whole. */
export function tailOf(clientDedupeId: string): string {
  return /^[a-z0-9]+:[A-Z_]+:(.+)/.exec(clientDedupeId)?.[1] ?? clientDedupeId;
}

const NONE: string[] = [];
