/**
 * Converts an order of the Admin API to the form of Shopify's webhook, the REST order, so that one mapper reads both.
 *
 * PURE. Promises: the same order gives the same event either way. Compare this table with the mapper's
 * (mapping/sources/shopify.ts): it has every field that the mapper reads.
 */
import type { GraphqlAddress, GraphqlOrder } from './orders-query.js';

export function orderAsWebhook(order: GraphqlOrder, quantities: readonly number[]): object {
  const { shopMoney } = order.totalPriceSet;
  return {
    // As text: the mapper accepts both, and text keeps every digit.
    id: numericId(order.id),
    admin_graphql_api_id: order.id,
    name: order.name,
    order_number: order.number,
    checkout_token: order.checkoutToken,
    created_at: order.createdAt,
    processed_at: order.processedAt,
    cancelled_at: order.cancelledAt,
    test: order.test,
    // PARTIALLY_REFUNDED there, partially_refunded here.
    financial_status: order.displayFinancialStatus?.toLowerCase(),
    currency: order.currencyCode,
    total_price: shopMoney.amount,
    total_price_set: { shop_money: { amount: shopMoney.amount, currency_code: shopMoney.currencyCode } },
    source_name: order.sourceName,
    note_attributes: order.customAttributes.map(({ key, value }) => ({ name: key, value })),
    email: order.email,
    phone: order.phone,
    customer: order.customer && {
      email: order.customer.defaultEmailAddress?.emailAddress,
      phone: order.customer.defaultPhoneNumber?.phoneNumber,
      first_name: order.customer.firstName,
      last_name: order.customer.lastName,
      default_address: addressAsWebhook(order.customer.defaultAddress),
    },
    billing_address: addressAsWebhook(order.billingAddress),
    shipping_address: addressAsWebhook(order.shippingAddress),
    line_items: quantities.map((quantity) => ({ quantity })),
  };
}

/** `gid://shopify/Order/6504412479776` is order 6504412479776. */
export function numericId(gid: string): string {
  return gid.slice(gid.lastIndexOf('/') + 1);
}

function addressAsWebhook(address: GraphqlAddress): object | null {
  return (
    (address && {
      first_name: address.firstName,
      last_name: address.lastName,
      address1: address.address1,
      address2: address.address2,
      city: address.city,
      province: address.province,
      province_code: address.provinceCode,
      zip: address.zip,
      country_code: address.countryCodeV2,
      phone: address.phone,
    }) ??
    null
  );
}
