/** The sources: the known payload formats and the function that maps each. */
import { refuseUnbounded } from './bounds.js';
import type { MappingContext } from './context.js';
import type { Mapped } from './refusal.js';
import { mapConversion } from './sources/conversion.js';
import { mapCsv } from './sources/csv.js';
import { mapGa4 } from './sources/ga4.js';
import { mapOrder } from './sources/order.js';
import { mapShopify } from './sources/shopify.js';
import { mapStripe } from './sources/stripe.js';
import { mapWooCommerce } from './sources/woocommerce.js';
import { refuseWrapper } from './wrapper.js';

/** The payload formats; docs/sources.md has the fields of each. */
export const SOURCES = ['conversion', 'ga4', 'order', 'shopify', 'woocommerce', 'stripe', 'csv'] as const;
export type Source = (typeof SOURCES)[number];

const MAPPERS: Record<Source, (payload: unknown, context: MappingContext) => Mapped[]> = {
  conversion: mapConversion,
  ga4: mapGa4,
  order: mapOrder,
  shopify: mapShopify,
  woocommerce: mapWooCommerce,
  stripe: mapStripe,
  csv: mapCsv,
};

export function isSource(text: string): text is Source {
  // Not `in`: `?source=constructor` would find what every object inherits.
  return Object.hasOwn(MAPPERS, text);
}

/**
 * Maps one payload to events, each ready to queue or rejected with every fault. Pure: nothing is sent or written.
 *
 * @returns one result for each event of the payload (more than one for a GA4 Measurement Protocol body), never none
 * @throws TypeError if `source` is none of SOURCES
 * @example
 * const context = { nowMs: Date.now(), matchKeyRules: 'standard', maxEventAgeHours: 168 } as const;
 * for (const mapped of mapPayload('shopify', order, context)) {
 *   if (mapped.ok) console.log(mapped.event.clientDedupeId);
 *   else console.warn(mapped.reason, mapped.issues);
 * }
 */
export function mapPayload(source: Source, payload: unknown, context: MappingContext): Mapped[] {
  // JavaScript callers have no compiler to tell them.
  if (!isSource(source)) throw new TypeError(`source is one of ${SOURCES.join(', ')}`);
  const refusal = refuseUnbounded(source, payload) ?? refuseWrapper(source, payload);
  return refusal ? [refusal] : MAPPERS[source](payload, context);
}
