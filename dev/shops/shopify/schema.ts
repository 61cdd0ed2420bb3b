/**
 * The part of Shopify's Admin API that a reconcile reads, in GraphQL's schema language. A query for anything else is
 * refused, as Shopify would refuse it.
 *
 * Source: shopify.dev/docs/api/admin-graphql, version 2026-10. `checkoutToken` came with 2026-07 (its changelog of 15
 * May 2026). `email` and `phone` of a customer are deprecated and left out, so that nobody uses them.
 */
import { buildSchema, type GraphQLSchema } from 'graphql';

const CHECKOUT_TOKEN_SINCE = '2026-07';

const SDL = `
  schema { query: QueryRoot }
  scalar DateTime
  scalar Decimal
  scalar UnsignedInt64
  scalar CountryCode
  scalar CurrencyCode
  enum OrderSortKeys { CREATED_AT ID PROCESSED_AT UPDATED_AT }
  enum OrderDisplayFinancialStatus {
    AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED
  }
  type QueryRoot {
    order(id: ID!): Order
    orders(
      after: String
      first: Int
      query: String
      reverse: Boolean = false
      sortKey: OrderSortKeys = PROCESSED_AT
    ): OrderConnection!
  }
  type PageInfo { endCursor: String hasNextPage: Boolean! }
  type OrderConnection { nodes: [Order!]! pageInfo: PageInfo! }
  type Order {
    billingAddress: MailingAddress
    cancelledAt: DateTime
    checkoutToken: String
    createdAt: DateTime!
    currencyCode: CurrencyCode!
    customAttributes: [Attribute!]!
    customer: Customer
    displayFinancialStatus: OrderDisplayFinancialStatus
    email: String
    id: ID!
    legacyResourceId: UnsignedInt64!
    lineItems(after: String, first: Int): LineItemConnection!
    name: String!
    number: Int!
    phone: String
    processedAt: DateTime!
    shippingAddress: MailingAddress
    sourceName: String
    test: Boolean!
    totalPriceSet: MoneyBag!
    updatedAt: DateTime!
  }
  type Attribute { key: String! value: String }
  type MoneyBag { presentmentMoney: MoneyV2! shopMoney: MoneyV2! }
  type MoneyV2 { amount: Decimal! currencyCode: CurrencyCode! }
  type Customer {
    defaultAddress: MailingAddress
    defaultEmailAddress: CustomerEmailAddress
    defaultPhoneNumber: CustomerPhoneNumber
    firstName: String
    id: ID!
    lastName: String
  }
  type CustomerEmailAddress { emailAddress: String! }
  type CustomerPhoneNumber { phoneNumber: String! }
  type MailingAddress {
    address1: String
    address2: String
    city: String
    countryCodeV2: CountryCode
    firstName: String
    lastName: String
    phone: String
    province: String
    provinceCode: String
    zip: String
  }
  type LineItemConnection { nodes: [LineItem!]! pageInfo: PageInfo! }
  type LineItem { id: ID! quantity: Int! }
`;

const schemas = new Map<boolean, GraphQLSchema>();

export function schemaOf(version: string): GraphQLSchema {
  const hasCheckoutToken = version >= CHECKOUT_TOKEN_SINCE;
  const schema =
    schemas.get(hasCheckoutToken) ?? buildSchema(hasCheckoutToken ? SDL : SDL.replace(/ *checkoutToken.*\n/, ''));
  schemas.set(hasCheckoutToken, schema);
  return schema;
}
