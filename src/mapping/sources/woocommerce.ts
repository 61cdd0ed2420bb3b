/**
 * Source `woocommerce`: the order at the top level, as the webhooks `order.created` and `order.updated` send it.
 *
 * Both topics give the same event. Orders that are not placed yet or came to nothing are refused. The payload is
 * WooCommerce's, so other fields are passed over; `customer_ip_address` too: the guide's match keys know no IP address.
 * Field table: docs/sources.md.
 */
import type { MappingContext } from '../context.js';
import { defaultActionSource, fromPath } from '../origin.js';
import { type Mapped, refuse } from '../refusal.js';
import { addressAt, addressPhone, firstAddress, type MatchKeyField, matchKeysAt } from './match-key-fields.js';
import { type Fields, fieldsOf, type Picked, pickText, placeAt, placesAt, textOf } from './payload.js';
import { finishPurchase, pickId } from './purchase.js';

/**
 * `pending` waits for a payment that most abandoned checkouts never make; when it is paid, `order.updated` brings the
 * same order as `processing`. `on-hold` (bank transfer, cheque) was placed by the customer, and stays, as do statuses
 * that plugins add.
 */
const NOT_A_PURCHASE: ReadonlySet<string> = new Set([
  'pending',
  'cancelled',
  'refunded',
  'failed',
  'trash',
  'draft',
  'checkout-draft',
  'auto-draft',
]);

const ADDRESS_FIELDS = {
  FIRST_NAME: ['first_name'],
  LAST_NAME: ['last_name'],
  ADDRESS: ['address_1', 'address_2'],
  CITY: ['city'],
  STATE: ['state'],
  POSTAL: ['postcode'],
};
const BILLING = addressAt('billing', 'country', ADDRESS_FIELDS);
const SHIPPING = addressAt('shipping', 'country', ADDRESS_FIELDS);

const AT = {
  id: placeAt('id'),
  createdAt: placesAt('date_created_gmt'),
  total: placesAt('total'),
  currency: placesAt('currency'),
  country: [BILLING.country, SHIPPING.country],
  // Only billing has one.
  email: placesAt('billing.email'),
};

/** What `created_via` says of an order that WooCommerce's own point of sale took. */
const POINT_OF_SALE = 'pos-rest-api';

export function mapWooCommerce(payload: unknown, context: MappingContext): Mapped[] {
  const order = fieldsOf(payload);
  if (!order) return [refuse('invalid', '', 'must be an object: a WooCommerce order')];
  return [refusalOf(order) ?? mapPurchase(order, context)];
}

function refusalOf(order: Fields): Mapped | undefined {
  const fields = Object.keys(order);
  if (fields.length === 1 && fields[0] === 'id') {
    return refuse('not_a_purchase', '', 'holds nothing but an id: the order was deleted');
  }
  if (NOT_A_PURCHASE.has(textOf(order['status']) ?? '')) {
    return refuse('not_a_purchase', 'status', 'says that the order is not paid for yet, or came to nothing');
  }
  return undefined;
}

function mapPurchase(order: Fields, context: MappingContext): Mapped {
  const isPointOfSale = order['created_via'] === POINT_OF_SALE;
  return finishPurchase(
    {
      source: 'woocommerce',
      id: pickId(order, AT.id),
      createdAt: asUtc(pickText(order, AT.createdAt)),
      total: pickText(order, AT.total),
      currency: pickText(order, AT.currency),
      country: pickText(order, AT.country),
      eventActionSource: isPointOfSale
        ? { value: 'OFFLINE', origin: fromPath('created_via', 'WooCommerce’s point of sale') }
        : defaultActionSource(context, 'WEBSITE', ': created_via is no point of sale'),
      lineItems: order['line_items'],
      matchKeys: matchKeysOf(order),
      matchKeysPath: 'billing',
      forms: { createdAt: 'ISO 8601 in UTC' },
    },
    context,
  );
}

/** WooCommerce writes its UTC times without a zone. */
function asUtc({ path, text }: Picked): Picked {
  return { path, text: text !== undefined && /T[\d:.]+$/.test(text) ? `${text}Z` : text, rule: 'read as UTC' };
}

/** The customer's own address first: what is shipped may be a gift. */
function matchKeysOf(order: Fields): MatchKeyField[] {
  const found = firstAddress(order, [BILLING, SHIPPING]);
  return [
    ...matchKeysAt(order, 'EMAIL', AT.email),
    ...addressPhone(order, BILLING),
    ...(found?.address === SHIPPING ? addressPhone(order, SHIPPING) : []),
    ...(found?.matchKeys ?? []),
  ];
}
