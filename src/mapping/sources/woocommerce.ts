/**
 * Source `woocommerce`: the order at the top level, as the webhooks `order.created` and `order.updated` send it.
 *
 * Both topics give the same event. Unpaid, failed, cancelled or refunded orders are rejected. The payload is WooCommerce's, so
 * other fields are ignored; `customer_ip_address` too: the guide's match keys have no IP address.
 */
import type { MappingContext } from '../context.js';
import { PURCHASE } from '../event.js';
import { address, each } from '../key-readers.js';
import { at, fieldsOf, NOWHERE, PlainPayload, placeAt, textOf } from '../payload.js';
import { always, channel, country, currency, money, orderId, saidOr, sold, units } from '../readers.js';
import { type Mapped, refuse } from '../refusal.js';
import type { SourceTable } from '../table.js';
import { TableMapper } from '../table-mapper.js';
import { NotesPlace } from './checkout-notes.js';
import { consentRow, noteKeys, optOutRow } from './checkout-rows.js';
import { isAboveZero, isGiven, isOneOf, sellsOnAmazon } from './conditions.js';

/**
 * `pending` waits for a payment that most abandoned checkouts never make; when it is paid, `order.updated` sends the same order
 * as `processing`. `on-hold` (bank transfer, cheque) was placed by the customer and is accepted, as are statuses that plugins
 * add. The database writes `wc-` before them.
 */
const NOT_A_PURCHASE = [
  'pending',
  'cancelled',
  'refunded',
  'failed',
  'trash',
  'draft',
  'checkout-draft',
  'auto-draft',
].flatMap((status) => [status, `wc-${status}`]);

const NOTES = new NotesPlace('meta_data', 'key');

export const WOOCOMMERCE: SourceTable = {
  source: 'woocommerce',
  refusals: [
    {
      at: placeAt('status'),
      when: isOneOf(...NOT_A_PURCHASE),
      reason: 'not_a_purchase',
      says: 'says that the order is unpaid, failed, cancelled, refunded or deleted',
    },
    {
      at: placeAt('parent_id'),
      when: isAboveZero,
      reason: 'not_a_purchase',
      says: 'is set: a vendor’s part of another order, or a refund',
    },
    {
      at: placeAt('billing_period'),
      when: isGiven,
      reason: 'not_a_purchase',
      says: 'is set: a subscription; its orders come on their own',
    },
    {
      at: placeAt('next_payment_date_gmt'),
      when: isGiven,
      reason: 'not_a_purchase',
      says: 'is set: a subscription; its orders come on their own',
    },
    {
      at: placeAt('type'),
      when: (type) => /refund|subscription/i.test(textOf(type) ?? ''),
      reason: 'not_a_purchase',
      says: 'names a refund or a subscription, not an order',
    },
    {
      at: placeAt('created_via'),
      when: sellsOnAmazon,
      reason: 'not_a_purchase',
      says: 'names Amazon: the sale was on Amazon, and is reported there',
    },
  ],
  fields: {
    name: { from: NOWHERE, read: always('purchase', 'every order is named purchase'), note: '`purchase`' },
    eventType: { from: NOWHERE, read: always(PURCHASE, 'an order is a purchase'), note: PURCHASE },
    clientDedupeId: {
      from: at('id'),
      read: orderId('woocommerce'),
      note: 'required; `DEDUPE_ID_WOOCOMMERCE` names another field',
    },
    timestamp: {
      from: at('date_created_gmt', 'date_paid_gmt'),
      read: sold(asUtc, 'read as UTC'),
      shown: '`date_created_gmt`, `date_paid_gmt`',
      note: 'required; UTC; of an imported order the second',
    },
    value: { from: at('total'), read: money, required: 'a plain decimal amount such as "129.90"', note: 'required' },
    currencyCode: { from: at('currency'), read: currency, required: 'ISO 4217, such as EUR', note: 'required' },
    countryCode: {
      from: at('billing.country', 'shipping.country'),
      read: country,
      note: '',
    },
    eventActionSource: {
      from: at('created_via'),
      read: channel(
        { 'pos-rest-api': 'OFFLINE' },
        'WooCommerce’s point of sale',
        saidOr('WEBSITE', ': created_via is no point of sale'),
      ),
      note: '`pos-rest-api` OFFLINE, others WEBSITE',
    },
    unitsSold: {
      from: at('line_items'),
      read: units,
      shown: '`line_items[].quantity`',
      note: '',
    },
    consent: consentRow(NOTES),
    dataProcessingOptions: optOutRow(NOTES),
  },
  keys: [
    // Only billing has one.
    each('EMAIL', ['billing.email'], ''),
    address({
      at: ['billing', 'shipping'],
      country: 'country',
      phone: 'phone',
      fields: {
        FIRST_NAME: ['first_name'],
        LAST_NAME: ['last_name'],
        ADDRESS: ['address_1', 'address_2'],
        CITY: ['city'],
        STATE: ['state'],
        POSTAL: ['postcode'],
      },
    }),
    ...noteKeys(NOTES),
  ],
  keysPath: 'billing',
  isCapped: true,
};

const MAPPER = new TableMapper(WOOCOMMERCE);

export function mapWooCommerce(payload: unknown, context: MappingContext): Mapped[] {
  const order = fieldsOf(payload);
  if (!order) return [refuse('invalid', '', 'must be an object: a WooCommerce order')];
  const fields = Object.keys(order);
  if (fields.length === 1 && fields[0] === 'id') {
    return [refuse('not_a_purchase', '', 'holds nothing but an id: the order was deleted')];
  }
  return [MAPPER.map(new PlainPayload(order), context)];
}

/** WooCommerce writes its UTC times without a zone. */
function asUtc(text: string): string {
  return /T[\d:.]+$/.test(text) ? `${text}Z` : text;
}
