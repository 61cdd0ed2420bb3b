/**
 * Source `order`: a plain order of a shop with its own program.
 * `{id, createdAt, total, currency, country?, channel, type?, items, customer, consent?}`
 *
 * It is our own format, so unknown fields are rejected: a misspelt `custmer` must not count as an order without one.
 */
import { z } from 'zod';
import type { MappingContext } from '../context.js';
import { type EventDraft, type EventType, PURCHASE } from '../event.js';
import { each } from '../key-readers.js';
import { at, fieldsOf, PlainPayload, placeAt } from '../payload.js';
import { asWrittenOrNull, channel, country, currency, moneyByHand, orderId, time, units } from '../readers.js';
import { faultsBy, type Mapped, refuse } from '../refusal.js';
import type { FieldReader, SourceTable } from '../table.js';
import { TableMapper } from '../table-mapper.js';
import { sellsOnAmazon } from './conditions.js';

const CHANNELS = {
  web: 'WEBSITE',
  store: 'OFFLINE',
  phone: 'OFFLINE',
  app_ios: 'APP_IOS',
  app_android: 'APP_ANDROID',
} as const;

const TYPES = {
  purchase: PURCHASE,
  lead: 'LEAD',
  sign_up: 'SIGN_UP',
  subscribe: 'SUBSCRIBE',
  checkout: 'CHECKOUT',
  add_to_cart: 'ADD_TO_SHOPPING_CART',
  application: 'APPLICATION',
  contact: 'CONTACT',
  other: 'OTHER',
} as const satisfies Record<string, EventType>;
const TYPE_NAMES = Object.keys(TYPES) as (keyof typeof TYPES)[];
const TYPE_OF: ReadonlyMap<string, EventType> = new Map(Object.entries(TYPES));

const id = z.union([z.string().trim().min(1, 'must not be empty'), z.number().int()], {
  error: 'is required: text or a whole number',
});
const amount = z.union([z.string(), z.number()], { error: 'must be a number or decimal text such as "129.90"' });
const text = z.union([z.string(), z.number()], { error: 'must be text' }).nullish();
/** Databases give decimals as text. */
const quantity = z.union([z.number().min(0, 'must be at least 0'), z.string().regex(/^\d+(?:\.\d+)?$/)], {
  error: 'must be a number',
});

const CUSTOMER = {
  email: text,
  phone: text,
  firstName: text,
  lastName: text,
  address: text,
  city: text,
  state: text,
  postal: text,
};
type CustomerField = keyof typeof CUSTOMER;

/**
 * A plain order of a shop with its own program, source `order`. Unknown fields are rejected.
 *
 * `null` counts as absent, so a database row's columns can be used as they are.
 */
export interface Order {
  /** The shop's id; with the type it makes `clientDedupeId`, so it must be the same each time the order is sent. */
  readonly id: string | number;
  /** ISO 8601 with a time zone: when the customer ordered, not when it is sent. */
  readonly createdAt: string;
  /** In units of the currency, as decimal text (`'129.90'`, best for money) or a number; not cents. */
  readonly total?: string | number | null | undefined;
  /** ISO 4217. */
  readonly currency?: string | null | undefined;
  /** ISO 3166-1 alpha-2; `defaultCountry` is used if it is absent. */
  readonly country?: string | null | undefined;
  readonly channel: 'web' | 'store' | 'phone' | 'app_ios' | 'app_android';
  /** Default `purchase`. */
  readonly type?:
    | 'purchase'
    | 'lead'
    | 'sign_up'
    | 'subscribe'
    | 'checkout'
    | 'add_to_cart'
    | 'application'
    | 'contact'
    | 'other'
    | undefined;
  /** Units sold are the sum of the quantities; a missing quantity is 1. */
  readonly items?:
    | readonly {
        readonly sku?: string | number | null | undefined;
        readonly quantity?: number | string | null | undefined;
        readonly price?: string | number | null | undefined;
      }[]
    | null
    | undefined;
  /** At least one; raw values are normalised and hashed before anything is written. */
  readonly customer: { readonly [Field in CustomerField]?: string | number | null | undefined };
  readonly consent?: EventDraft['consent'];
}

/** Only the form: the fields and the types of their values. The table says what the values mean. */
const orderRules = z.strictObject({
  id,
  createdAt: z.string({ error: 'is required: ISO 8601 with a time zone' }),
  total: amount.nullish(),
  currency: z.string({ error: 'must be text: ISO 4217, such as EUR' }).nullish(),
  country: z.string({ error: 'must be text: ISO 3166-1 alpha-2, such as US' }).nullish(),
  channel: z.enum(Object.keys(CHANNELS), { error: `must be one of ${Object.keys(CHANNELS).join(', ')}` }),
  type: z.enum(TYPE_NAMES, { error: `must be one of ${TYPE_NAMES.join(', ')}` }).optional(),
  items: z
    .array(
      z.strictObject({
        sku: id.nullish(),
        quantity: quantity.nullish(),
        price: amount.nullish(),
      }),
      { error: 'must be a list of {sku, quantity, price}' },
    )
    .nullish(),
  customer: z.strictObject(CUSTOMER, {
    error: (issue) => (issue.code === 'invalid_type' ? 'is required: an object with email, phone, …' : undefined),
  }),
  consent: z.unknown().optional(),
});

export const orderSchema = z.compile(orderRules);

const UNTYPED = 'type is purchase unless said';

/** A value made from the order's type. */
function typed(valueOf: (type: string) => unknown, rule: string): FieldReader {
  return (record, from) => {
    const { path, text: type } = record.first(from);
    if (type === undefined) return { path: '', value: valueOf('purchase'), rule: UNTYPED, from: null };
    return { path, value: valueOf(type), rule };
  };
}

export const ORDER: SourceTable = {
  source: 'order',
  refusals: [
    {
      at: placeAt('type'),
      when: (type) => typeof type === 'string' && /refund|return|chargeback|cancel/i.test(type),
      reason: 'not_a_purchase',
      says: 'says that the order was refunded or cancelled',
    },
    {
      at: placeAt('channel'),
      when: sellsOnAmazon,
      reason: 'not_a_purchase',
      says: 'names Amazon: the sale was on Amazon, and is reported there',
    },
  ],
  fields: {
    name: { from: at('type'), read: typed((type) => type, 'as written'), note: 'default `purchase`' },
    eventType: {
      from: at('type'),
      read: typed((type) => TYPE_OF.get(type), 'the type’s event type'),
      note: TYPE_NAMES.map((name) => `\`${name}\` ${TYPES[name]}`).join(', '),
    },
    clientDedupeId: { from: at('id'), read: orderId('order'), note: 'required' },
    timestamp: { from: at('createdAt'), read: time, note: 'required' },
    value: { from: at('total'), read: moneyByHand, note: '`1249.90`, not `1,249.90`' },
    currencyCode: { from: at('currency'), read: currency, note: '', isOfPurchases: true },
    countryCode: { from: at('country'), read: country, note: '' },
    eventActionSource: {
      from: at('channel'),
      read: channel(CHANNELS, 'the channel’s action source', (_, [place]) => ({
        path: place.path,
        value: undefined,
        rule: 'no channel',
      })),
      note: `required: ${Object.entries(CHANNELS)
        .map(([name, source]) => `\`${name}\` ${source}`)
        .join(', ')}`,
    },
    unitsSold: {
      from: at('items'),
      read: units,
      shown: '`items[].quantity`',
      note: '',
      isOfPurchases: true,
    },
    consent: { from: at('consent'), read: asWrittenOrNull, note: 'as in `conversion`' },
  },
  keys: [
    each('EMAIL', ['customer.email'], ''),
    each('PHONE', ['customer.phone'], ''),
    each('FIRST_NAME', ['customer.firstName'], ''),
    each('LAST_NAME', ['customer.lastName'], ''),
    each('ADDRESS', ['customer.address'], ''),
    each('CITY', ['customer.city'], ''),
    each('STATE', ['customer.state'], ''),
    each('POSTAL', ['customer.postal'], ''),
  ],
  keysPath: 'customer',
  isCapped: true,
};

const MAPPER = new TableMapper(ORDER);

export function mapOrder(payload: unknown, context: MappingContext): Mapped[] {
  const order = fieldsOf(payload);
  if (!order) return [refuse('invalid', '', 'must be an object: an order')];
  return [MAPPER.map(new PlainPayload(order), context, { faults: faultsBy(orderSchema, order) })];
}
