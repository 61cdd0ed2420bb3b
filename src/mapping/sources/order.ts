/**
 * Source `order`: a plain order of a shop of one's own.
 * `{id, createdAt, total, currency, country?, channel, type?, items, customer, consent?}`
 *
 * It is our own format, so unknown fields are refused: a misspelt `custmer` must not pass as an order without one.
 */
import { z } from 'zod';
import type { MappingContext } from '../context.js';
import { deriveDedupeId } from '../dedupe-id.js';
import { type EventActionSource, type EventDraft, type EventType, PURCHASE } from '../event.js';
import { finishEvent } from '../finish-event.js';
import type { MatchKeyType } from '../match-key.js';
import { readAmount } from '../money.js';
import { constant, countryOrigin, fromPath, type Origins } from '../origin.js';
import { issuesOf, type Mapped } from '../refusal.js';

const CHANNELS: Record<string, EventActionSource> = {
  web: 'WEBSITE',
  store: 'OFFLINE',
  phone: 'OFFLINE',
  app_ios: 'APP_IOS',
  app_android: 'APP_ANDROID',
};

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

const MATCH_KEYS: readonly (readonly [field: keyof Customer, type: MatchKeyType])[] = [
  ['email', 'EMAIL'],
  ['phone', 'PHONE'],
  ['firstName', 'FIRST_NAME'],
  ['lastName', 'LAST_NAME'],
  ['address', 'ADDRESS'],
  ['city', 'CITY'],
  ['state', 'STATE'],
  ['postal', 'POSTAL'],
];

const id = z.union([z.string().trim().min(1, 'must not be empty'), z.number().int()], {
  error: 'is required: text or a whole number',
});
const amount = z.union([z.string(), z.number()], { error: 'must be a number or decimal text such as "129.90"' });
const text = z.union([z.string(), z.number().transform(String)], { error: 'must be text' }).nullish();

const customerSchema = z.strictObject({
  email: text,
  phone: text,
  firstName: text,
  lastName: text,
  address: text,
  city: text,
  state: text,
  postal: text,
});
type Customer = z.output<typeof customerSchema>;

/**
 * A plain order of a shop of one's own, source `order`. Unknown fields are refused.
 *
 * `null` counts as absent, so a database row's columns can go in as they are.
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
  /** ISO 3166-1 alpha-2; `defaultCountry` stands in. */
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
        readonly quantity?: number | null | undefined;
        readonly price?: string | number | null | undefined;
      }[]
    | null
    | undefined;
  /** At least one; raw, they are normalised and hashed before anything is written. */
  readonly customer: { readonly [Field in keyof Customer]?: string | number | null | undefined };
  readonly consent?: EventDraft['consent'];
}

const orderRules = z.strictObject({
  id,
  createdAt: z.string({ error: 'is required: ISO 8601 with a time zone' }),
  total: amount
    .transform((value) => readAmount(value))
    .refine((value) => value !== undefined, 'is not a plain decimal amount')
    .nullish(),
  currency: z.string().trim().nullish(),
  country: z.string().nullish(),
  channel: z.enum(Object.keys(CHANNELS), { error: `must be one of ${Object.keys(CHANNELS).join(', ')}` }),
  type: z.enum(TYPE_NAMES, { error: `must be one of ${TYPE_NAMES.join(', ')}` }).optional(),
  items: z
    .array(
      z.strictObject({
        sku: id.nullish(),
        quantity: z.number().int().min(0).nullish(),
        price: amount.nullish(),
      }),
    )
    .nullish(),
  customer: customerSchema,
  consent: z.unknown().optional(),
});

export const orderSchema = z.compile(orderRules);

export function mapOrder(payload: unknown, context: MappingContext): Mapped[] {
  const checked = orderSchema.safeParse(payload);
  if (!checked.success) return [{ ok: false, reason: 'invalid', issues: issuesOf(checked.error) }];
  const order = checked.data;
  const typeName = order.type ?? 'purchase';
  const eventType = TYPES[typeName];
  const isPurchase = eventType === PURCHASE;
  const units = unitsOf(order.items);
  const draft = {
    name: typeName,
    eventType,
    eventActionSource: CHANNELS[order.channel],
    countryCode: order.country ?? context.defaultCountry,
    timestamp: order.createdAt,
    clientDedupeId: deriveDedupeId('order', eventType, String(order.id)),
    matchKeys: matchKeysOf(order.customer),
    ...(isPresent(order.total) && { value: order.total }),
    ...(isPurchase && isPresent(order.currency) && { currencyCode: order.currency }),
    ...(isPurchase && isPresent(units) && { unitsSold: units }),
    ...(isPresent(order.consent) && { consent: order.consent }),
  };
  return [
    finishEvent(
      draft,
      context,
      () => FIELD_NAMES,
      () => originsOf(order),
    ),
  ];
}

const FIELD_NAMES = {
  countryCode: 'country',
  timestamp: 'createdAt',
  clientDedupeId: 'id',
  value: 'total',
  currencyCode: 'currency',
  unitsSold: 'items',
  matchKeys: 'customer',
};

function originsOf(order: z.output<typeof orderSchema>): Origins {
  const isTyped = order.type !== undefined;
  const matchKeys = MATCH_KEYS.filter(([field]) => order.customer[field]);
  return {
    name: isTyped ? fromPath('type') : constant('type is purchase unless said'),
    eventType: isTyped ? fromPath('type', 'the type’s event type') : constant('type is purchase unless said'),
    eventActionSource: fromPath('channel', 'the channel’s action source'),
    countryCode: countryOrigin(typeof order.country === 'string' ? 'country' : undefined),
    timestamp: fromPath('createdAt'),
    clientDedupeId: fromPath('id', 'derived: order + event type + id'),
    value: fromPath('total', 'decimal text, to 2 decimals'),
    currencyCode: fromPath('currency'),
    unitsSold: fromPath('items[].quantity', 'sum; a missing quantity is 1'),
    consent: fromPath('consent'),
    ...Object.fromEntries(
      matchKeys.map(([field], index) => [`matchKeys[${index}]`, fromPath(`customer.${field}`, '')]),
    ),
  };
}

function unitsOf(items: readonly { quantity?: number | null | undefined }[] | null | undefined): number | undefined {
  const units = items?.reduce((sum, item) => sum + (item.quantity ?? 1), 0);
  return units === 0 ? undefined : units;
}

function matchKeysOf(customer: Customer): { type: MatchKeyType; values: [string] }[] {
  const matchKeys: { type: MatchKeyType; values: [string] }[] = [];
  for (const [field, type] of MATCH_KEYS) {
    const value = customer[field];
    if (value) matchKeys.push({ type, values: [value] });
  }
  return matchKeys;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
