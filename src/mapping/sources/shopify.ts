/**
 * Source `shopify`: the REST order at the top level, as the webhooks `orders/create` and `orders/paid` send it.
 *
 * Both topics give the same event. Test orders and orders that came to nothing are refused. The payload is Shopify's,
 * so other fields are passed over; `browser_ip` too: the guide's match keys know no IP address. Field table:
 * docs/sources.md.
 */
import type { MappingContext } from '../context.js';
import type { EventActionSource } from '../event.js';
import { defaultActionSource, fromPath, type SourcedActionSource } from '../origin.js';
import { type Mapped, refuse } from '../refusal.js';
import { addressAt, addressPhone, firstAddress, type MatchKeyField, matchKeysAt } from './match-key-fields.js';
import { type Fields, fieldsOf, pickText, placeAt, placesAt, textOf } from './payload.js';
import { finishPurchase, pickId } from './purchase.js';

/** The names that Shopify keeps for itself. Apps name themselves as they like; those orders came over the web. */
const ACTION_SOURCES: ReadonlyMap<string, EventActionSource> = new Map([
  ['web', 'WEBSITE'],
  ['pos', 'OFFLINE'],
  ['iphone', 'APP_IOS'],
  ['android', 'APP_ANDROID'],
]);

/**
 * `pending`, `authorized` and `partially_paid` are orders that were placed, and stay: `orders/create` mostly comes
 * before the money does.
 */
const NOT_A_PURCHASE: ReadonlySet<string> = new Set(['refunded', 'partially_refunded', 'voided', 'expired']);

const ADDRESS_FIELDS = {
  FIRST_NAME: ['first_name'],
  LAST_NAME: ['last_name'],
  ADDRESS: ['address1', 'address2'],
  CITY: ['city'],
  STATE: ['province_code', 'province'],
  POSTAL: ['zip'],
};

/** The customer's own address first: what is shipped may be a gift. */
const ADDRESSES = ['billing_address', 'shipping_address', 'customer.default_address'].map((at) =>
  addressAt(at, 'country_code', ADDRESS_FIELDS),
);

const SHOP_MONEY = 'total_price_set.shop_money';

const AT = {
  id: placeAt('id'),
  createdAt: placesAt('created_at'),
  total: placesAt(`${SHOP_MONEY}.amount`, 'total_price'),
  currency: placesAt(`${SHOP_MONEY}.currency_code`, 'currency'),
  country: ADDRESSES.map(({ country }) => country),
  email: placesAt('email', 'contact_email', 'customer.email'),
  phone: placesAt('phone'),
  customerPhone: placesAt('customer.phone'),
  firstName: placesAt('customer.first_name'),
  lastName: placesAt('customer.last_name'),
};

export function mapShopify(payload: unknown, context: MappingContext): Mapped[] {
  const order = fieldsOf(payload);
  if (!order) return [refuse('invalid', '', 'must be an object: a Shopify order')];
  return [refusalOf(order) ?? mapPurchase(order, context)];
}

function refusalOf(order: Fields): Mapped | undefined {
  if (order['test'] === true) return refuse('test_order', 'test', 'is true: the order was placed to test the shop');
  if (textOf(order['cancelled_at']) !== undefined) {
    return refuse('not_a_purchase', 'cancelled_at', 'is set: the order was cancelled');
  }
  if (NOT_A_PURCHASE.has(textOf(order['financial_status']) ?? '')) {
    return refuse('not_a_purchase', 'financial_status', 'says that the order was refunded, voided or never paid');
  }
  return undefined;
}

function mapPurchase(order: Fields, context: MappingContext): Mapped {
  return finishPurchase(
    {
      source: 'shopify',
      id: pickId(order, AT.id),
      createdAt: pickText(order, AT.createdAt),
      total: pickText(order, AT.total, 'total_price'),
      currency: pickText(order, AT.currency, 'currency'),
      country: pickText(order, AT.country),
      eventActionSource: actionSourceOf(order, context),
      lineItems: order['line_items'],
      matchKeys: matchKeysOf(order),
      matchKeysPath: 'email',
    },
    context,
  );
}

function actionSourceOf(order: Fields, context: MappingContext): SourcedActionSource {
  const value = ACTION_SOURCES.get(textOf(order['source_name']) ?? '');
  if (value === undefined) return defaultActionSource(context, 'WEBSITE', ': source_name is no channel of Shopify’s');
  return { value, origin: fromPath('source_name', 'the channel that Shopify names') };
}

/** The customer's name where the address has none. */
function matchKeysOf(order: Fields): MatchKeyField[] {
  const found = firstAddress(order, ADDRESSES);
  const isNamed = found?.matchKeys.some(({ type }) => type === 'FIRST_NAME' || type === 'LAST_NAME') ?? false;
  return [
    ...matchKeysAt(order, 'EMAIL', AT.email),
    ...matchKeysAt(order, 'PHONE', AT.phone),
    ...(found ? addressPhone(order, found.address) : []),
    ...matchKeysAt(order, 'PHONE', AT.customerPhone),
    ...(isNamed ? [] : matchKeysAt(order, 'FIRST_NAME', AT.firstName)),
    ...(isNamed ? [] : matchKeysAt(order, 'LAST_NAME', AT.lastName)),
    ...(found?.matchKeys ?? []),
  ];
}
