/**
 * Converts an order from the webhook's form to the Admin API's form. It is written from Shopify's two documents,
 * independently of the forwarder's conversion in the other direction.
 */
export type Json = Readonly<Record<string, unknown>>;

const asObject = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
/** Texts and numbers. Empty for anything else. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const orNull = (value: unknown): unknown => (value === undefined || value === '' ? null : value);

/** The fields of an order, without its line items. */
export function orderAsGraphql(order: Json, updatedMs: number): Record<string, unknown> {
  const id = textOf(order['id']);
  return {
    id: `gid://shopify/Order/${id}`,
    legacyResourceId: id,
    name: order['name'] ?? `#${id}`,
    number: order['order_number'] ?? Number(/\d+/.exec(textOf(order['name']))?.[0] ?? 0),
    checkoutToken: orNull(order['checkout_token']),
    createdAt: asUtc(order['created_at']),
    processedAt: asUtc(order['processed_at'] ?? order['created_at']),
    updatedAt: asUtc(new Date(updatedMs).toISOString()),
    cancelledAt: asUtc(order['cancelled_at']),
    test: order['test'] === true,
    displayFinancialStatus: orNull(textOf(order['financial_status']).toUpperCase()),
    currencyCode: order['currency'],
    totalPriceSet: { shopMoney: shopMoneyOf(order), presentmentMoney: shopMoneyOf(order) },
    customAttributes: attributesAsGraphql(order['note_attributes']),
    email: orNull(order['email']),
    phone: orNull(order['phone']),
    sourceName: orNull(order['source_name']),
    customer: customerAsGraphql(asObject(order['customer'])),
    billingAddress: addressAsGraphql(asObject(order['billing_address'])),
    shippingAddress: addressAsGraphql(asObject(order['shipping_address'])),
  };
}

/** Attributes that the checkout added. The webhook names their keys `name`. */
function attributesAsGraphql(attributes: unknown): Json[] {
  const list: readonly unknown[] = Array.isArray(attributes) ? attributes : [];
  return list.flatMap((attribute) => {
    const { name, value } = asObject(attribute) ?? {};
    return name === undefined ? [] : [{ key: textOf(name), value: value === null ? null : textOf(value) }];
  });
}

/** Shopify's decimals without needless zeros: `129.9`, `12800.0`. */
function shopMoneyOf(order: Json): Json {
  const shop = asObject(asObject(order['total_price_set'])?.['shop_money']);
  const amount = textOf(shop?.['amount'] ?? order['total_price']);
  const [whole = '0', decimals = ''] = amount.split('.');
  const kept = decimals.replace(/0+$/, '');
  return { amount: `${whole}.${kept === '' ? '0' : kept}`, currencyCode: shop?.['currency_code'] ?? order['currency'] };
}

function customerAsGraphql(customer: Json | undefined): Json | null {
  if (!customer) return null;
  const { email, phone } = customer;
  return {
    id: `gid://shopify/Customer/${textOf(customer['id'] ?? 1)}`,
    firstName: orNull(customer['first_name']),
    lastName: orNull(customer['last_name']),
    defaultEmailAddress: orNull(email) === null ? null : { emailAddress: email },
    defaultPhoneNumber: orNull(phone) === null ? null : { phoneNumber: phone },
    defaultAddress: addressAsGraphql(asObject(customer['default_address'])),
  };
}

function addressAsGraphql(address: Json | undefined): Json | null {
  if (!address) return null;
  return {
    firstName: orNull(address['first_name']),
    lastName: orNull(address['last_name']),
    address1: orNull(address['address1']),
    address2: orNull(address['address2']),
    city: orNull(address['city']),
    province: orNull(address['province']),
    provinceCode: orNull(address['province_code']),
    zip: orNull(address['zip']),
    countryCodeV2: orNull(address['country_code']),
    phone: orNull(address['phone']),
  };
}

/** The webhook has the shop's own offset. GraphQL gives all times in UTC, to the second. */
function asUtc(time: unknown): string | null {
  return typeof time === 'string' && time !== '' ? `${new Date(time).toISOString().slice(0, 19)}Z` : null;
}
