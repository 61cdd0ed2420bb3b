/** The dedupe id of a shop's order alone: of orders too that are refused, which have no event. */
import type { MappingContext } from './context.js';
import { fieldsOf, PlainPayload } from './payload.js';
import { SourceRecord } from './source-record.js';
import { SHOPIFY } from './sources/shopify.js';
import { STRIPE } from './sources/stripe.js';
import { WOOCOMMERCE } from './sources/woocommerce.js';
import type { SourceTable } from './table.js';

const TABLES: Readonly<Record<'shopify' | 'woocommerce' | 'stripe', SourceTable>> = {
  shopify: SHOPIFY,
  woocommerce: WOOCOMMERCE,
  stripe: STRIPE,
};

/**
 * The dedupe id that a shop's order has, or would have if it were not refused.
 *
 * @returns undefined where the order has no id that can be used
 */
export function dedupeIdOf(source: keyof typeof TABLES, payload: unknown, context: MappingContext): string | undefined {
  const fields = fieldsOf(payload);
  return fields && dedupeIdByTable(TABLES[source], new SourceRecord(new PlainPayload(fields), context, []));
}

export function dedupeIdByTable({ fields }: Pick<SourceTable, 'fields'>, record: SourceRecord): string | undefined {
  // Derived ids carry the event's type.
  for (const field of ['eventType', 'clientDedupeId'] as const) {
    const row = fields[field];
    record.readings[field] = row?.read(record, row.from);
  }
  const id = record.readings.clientDedupeId?.value;
  return typeof id === 'string' ? id : undefined;
}
