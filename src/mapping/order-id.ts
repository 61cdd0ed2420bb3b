/** Only the dedupe id of a shop's order, also for rejected orders, which have no event. */
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
 * The dedupe id of a shop's order, or the one that it would have if it were not rejected.
 *
 * @returns undefined if the order has no usable id
 */
export function dedupeIdOf(source: keyof typeof TABLES, payload: unknown, context: MappingContext): string | undefined {
  const fields = fieldsOf(payload);
  return fields && dedupeIdByTable(TABLES[source], new SourceRecord(new PlainPayload(fields), context, []));
}

export function dedupeIdByTable({ fields }: Pick<SourceTable, 'fields'>, record: SourceRecord): string | undefined {
  // Derived ids contain the event's type.
  for (const field of ['eventType', 'clientDedupeId'] as const) {
    const row = fields[field];
    record.readings[field] = row?.read(record, row.from);
  }
  const id = record.readings.clientDedupeId?.value;
  return typeof id === 'string' ? id : undefined;
}
