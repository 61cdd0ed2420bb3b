/**
 * Source `shopify`: the REST order at the top level, as the webhooks `orders/create` and `orders/paid` send it.
 *
 * Both topics give the same event. Test orders, unpaid or refunded orders, and payloads that are not orders are rejected. The
 * payload is Shopify's, so other fields are ignored; `browser_ip` too: the guide's match keys have no IP address.
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
import { isGiven, isOneOf, isTrue, sellsOnAmazon } from './conditions.js';

const NOTES = new NotesPlace('note_attributes', 'name');
const ADDRESSES = ['billing_address', 'shipping_address', 'customer.default_address'] as const;

export const SHOPIFY: SourceTable = {
  source: 'shopify',
  refusals: [
    { at: placeAt('test'), when: isTrue, reason: 'test_order', says: 'is true: the order was placed to test the shop' },
    { at: placeAt('cancelled_at'), when: isGiven, reason: 'not_a_purchase', says: 'is set: the order was cancelled' },
    {
      at: placeAt('financial_status'),
      // `pending`, `authorized` and `partially_paid` are placed orders: most have this status when `orders/create` is sent. A
      // `partially_refunded` order is still partly sold; its total does not change.
      when: isOneOf('refunded', 'voided', 'expired'),
      reason: 'not_a_purchase',
      says: 'says that the order was refunded, voided or never paid',
    },
    {
      at: placeAt('abandoned_checkout_url'),
      when: isGiven,
      reason: 'not_a_purchase',
      says: 'is set: a checkout that was not finished',
    },
    { at: placeAt('invoice_url'), when: isGiven, reason: 'not_a_purchase', says: 'is set: a draft, not an order' },
    { at: placeAt('completed_at'), when: isGiven, reason: 'not_a_purchase', says: 'is set: a draft, not an order' },
    {
      at: placeAt('admin_graphql_api_id'),
      when: (id) => /\/(?:DraftOrder|Checkout|AbandonedCheckout|Refund)\//.test(textOf(id) ?? ''),
      reason: 'not_a_purchase',
      says: 'is of a draft, a checkout or a refund, not of an order',
    },
    {
      at: placeAt('refund_line_items'),
      when: Array.isArray,
      reason: 'not_a_purchase',
      says: 'is set: a refund, not an order',
    },
    {
      at: placeAt('source_name'),
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
      read: orderId('shopify'),
      note: 'required; `DEDUPE_ID_SHOPIFY` names another field',
    },
    timestamp: {
      from: at('created_at', 'processed_at'),
      read: sold(),
      shown: '`created_at`, `processed_at`',
      note: 'required; of an imported order the second',
    },
    value: {
      from: at('total_price_set.shop_money.amount', 'total_price'),
      read: money,
      required: 'a plain decimal amount such as "129.90"',
      missing: 'total_price',
      note: 'required; in the shop’s currency',
    },
    currencyCode: {
      from: at('total_price_set.shop_money.currency_code', 'currency'),
      read: currency,
      required: 'ISO 4217, such as EUR',
      missing: 'currency',
      note: 'required',
    },
    countryCode: {
      from: at(
        'billing_address.country_code',
        'shipping_address.country_code',
        'customer.default_address.country_code',
      ),
      read: country,
      note: '',
    },
    eventActionSource: {
      from: at('source_name'),
      read: channel(
        // Names reserved by Shopify. Apps choose their own names; their orders came over the web.
        { web: 'WEBSITE', pos: 'OFFLINE', iphone: 'APP_IOS', android: 'APP_ANDROID' },
        'the channel that Shopify names',
        saidOr('WEBSITE', ': source_name is no channel of Shopify’s'),
      ),
      note: '`pos` OFFLINE, `iphone` APP_IOS, `android` APP_ANDROID, others WEBSITE',
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
    each('EMAIL', ['email', 'contact_email', 'customer.email']),
    each('PHONE', ['phone'], ''),
    address({
      at: ADDRESSES,
      country: 'country_code',
      phone: 'phone',
      fields: {
        FIRST_NAME: ['first_name'],
        LAST_NAME: ['last_name'],
        ADDRESS: ['address1', 'address2'],
        CITY: ['city'],
        STATE: ['province_code', 'province'],
        POSTAL: ['zip'],
      },
      phones: ['customer.phone'],
      names: { FIRST_NAME: 'customer.first_name', LAST_NAME: 'customer.last_name' },
    }),
    ...noteKeys(NOTES),
  ],
  keysPath: 'email',
  isCapped: true,
};

const MAPPER = new TableMapper(SHOPIFY);

export function mapShopify(payload: unknown, context: MappingContext): Mapped[] {
  const order = fieldsOf(payload);
  if (!order) return [refuse('invalid', '', 'must be an object: a Shopify order')];
  return [MAPPER.map(new PlainPayload(order), context)];
}
