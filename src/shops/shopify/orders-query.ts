/**
 * The query for orders in Shopify's Admin API.
 *
 * It asks only for the fields that the mapper reads: each costs points, and a field that is not requested cannot leak.
 * Fields for one setting are requested only with that setting, so that older API versions work.
 */
import { z } from 'zod';
import type { DedupeIdFields } from '../../mapping/context.js';

/** Most carts have fewer. The rest of a longer cart costs another request. */
export const ITEMS_AT_FIRST = 20;
export const ITEMS_PER_PAGE = 250;

const ADDRESS = 'firstName lastName address1 address2 city province provinceCode zip countryCodeV2 phone';
const ITEMS = 'nodes { quantity } pageInfo { hasNextPage endCursor }';

const ID_FIELDS: Partial<Record<NonNullable<DedupeIdFields['shopify']>, string>> = {
  order_number: 'number',
  // In versions from 2026-07 on.
  checkout_token: 'checkoutToken',
};

/** @param dedupeId DEDUPE_ID_SHOPIFY */
export function ordersQuery(dedupeId: DedupeIdFields['shopify']): string {
  return `query Orders($query: String!, $first: Int!, $items: Int!, $after: String) {
  orders(query: $query, first: $first, after: $after, sortKey: UPDATED_AT) {
    nodes {
      id name createdAt processedAt updatedAt cancelledAt test displayFinancialStatus currencyCode email phone sourceName
      ${ID_FIELDS[dedupeId ?? 'id'] ?? ''}
      customAttributes { key value }
      totalPriceSet { shopMoney { amount currencyCode } }
      customer {
        firstName lastName
        defaultEmailAddress { emailAddress }
        defaultPhoneNumber { phoneNumber }
        defaultAddress { ${ADDRESS} }
      }
      billingAddress { ${ADDRESS} }
      shippingAddress { ${ADDRESS} }
      lineItems(first: $items) { ${ITEMS} }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;
}

export const ITEMS_QUERY = `query Items($id: ID!, $items: Int!, $after: String) {
  order(id: $id) { lineItems(first: $items, after: $after) { ${ITEMS} } }
}`;

const text = z.string().nullish();
const address = z
  .object({
    firstName: text,
    lastName: text,
    address1: text,
    address2: text,
    city: text,
    province: text,
    provinceCode: text,
    zip: text,
    countryCodeV2: text,
    phone: text,
  })
  .nullish();
const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: text });
const itemsSchema = z.object({ nodes: z.array(z.object({ quantity: z.number() })), pageInfo });

const orderSchema = z.object({
  id: z.string().regex(/^gid:\/\/shopify\/Order\/\d+$/),
  name: text,
  number: z.number().nullish(),
  checkoutToken: text,
  createdAt: z.string(),
  updatedAt: z.string(),
  processedAt: text,
  cancelledAt: text,
  test: z.boolean().nullish(),
  displayFinancialStatus: text,
  currencyCode: text,
  email: text,
  phone: text,
  sourceName: text,
  customAttributes: z.array(z.object({ key: z.string(), value: text })),
  totalPriceSet: z.object({ shopMoney: z.object({ amount: z.string(), currencyCode: z.string() }) }),
  customer: z
    .object({
      firstName: text,
      lastName: text,
      defaultEmailAddress: z.object({ emailAddress: text }).nullish(),
      defaultPhoneNumber: z.object({ phoneNumber: text }).nullish(),
      defaultAddress: address,
    })
    .nullish(),
  billingAddress: address,
  shippingAddress: address,
  lineItems: itemsSchema,
});

export const ordersSchema = z.object({ orders: z.object({ nodes: z.array(orderSchema), pageInfo }) });
export const moreItemsSchema = z.object({ order: z.object({ lineItems: itemsSchema }).nullable() });

export type GraphqlOrder = z.output<typeof orderSchema>;
export type GraphqlAddress = z.output<typeof address>;
