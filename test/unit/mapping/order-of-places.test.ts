// Where a payload says the same in several places: which of them counts. A row of a field table that is lost or reversed fails here.
import { describe, expect, it } from 'vitest';
import type { ConversionEvent } from '../../../src/mapping/event.js';
import type { Source } from '../../../src/mapping/source.js';
import { NOW_MS } from '../../support/events.js';
import { digest, eventOf } from '../../support/field-payloads.js';
import { changed, payloadOf } from '../../support/source-payloads.js';

type Json = Record<string, unknown>;

/** A copy with a value at a dotted path, and objects on the way to it. */
function withValue(payload: unknown, [first, ...rest]: readonly string[], value: unknown): unknown {
  if (first === undefined) return value;
  const fields = Object(payload) as Json;
  return { ...fields, [first]: withValue(fields[first], rest, value) };
}

interface Field {
  readonly source: Source;
  readonly what: string;
  /** Says nothing in any of the places. */
  readonly base: Json;
  /** What counts first stands first. */
  readonly places: readonly (readonly [path: string, value: unknown, read: unknown])[];
  readonly read: (event: ConversionEvent) => unknown;
}

const values = (event: ConversionEvent, ...types: string[]) =>
  event.matchKeys.filter(({ type }) => types.includes(type)).map((key) => key.values[0]);

const SHOPIFY: Json = {
  ...payloadOf('shopify', 'de-guest-created'),
  email: 'jane@example.com',
  contact_email: null,
  customer: null,
  billing_address: null,
  shipping_address: null,
};
const SHOPIFY_DE = { ...SHOPIFY, billing_address: { country_code: 'DE' } };
const WOO: Json = {
  ...payloadOf('woocommerce', 'fr-created'),
  billing: { email: 'jane@example.com' },
  shipping: {},
};
const SESSION = 'data.object';
const STRIPE = changed(payloadOf('stripe', 'us-paid'), {
  [`${SESSION}.customer_details`]: { email: 'jane@example.com' },
  [`${SESSION}.collected_information`]: null,
  [`${SESSION}.shipping_details`]: null,
  [`${SESSION}.shipping`]: null,
});
const STRIPE_US = changed(STRIPE, { [`${SESSION}.customer_details.address`]: { country: 'US' } });
const STRIPE_HOLDERS = ['collected_information.shipping_details', 'shipping_details', 'shipping'].map(
  (holder) => `${SESSION}.${holder}`,
);
const GA4: Json = { event: 'purchase', transaction_id: 'T-1', timestamp_ms: NOW_MS - 60_000 };
const GA4_US: Json = { ...GA4, country_code: 'US', user_data: { email: 'jane@example.com' } };
const { transaction_id: _, ...GA4_WITHOUT_ID }: Json = { ...GA4_US, event_id: 'e-0' };
const { timestamp_ms: __, ...GA4_WITHOUT_TIME } = GA4_US;
const { event: ___, ...GA4_WITHOUT_NAME } = GA4_US;
const COMMERCE = ['eventModel.', 'ecommerce.', ''];

const CITIES = ['berlin', 'wien', 'bern', 'rom'];
const COUNTRIES = ['DE', 'AT', 'CH', 'IT', 'NL'];

interface AddressPlaces {
  readonly base: Json;
  /** The same with a country, for an address may have none. */
  readonly withCountry: Json;
  readonly paths: readonly string[];
  /** What an address calls its country. */
  readonly field: string;
}

/** The country of an address and its city, each in the first place that has one. */
const addresses = (source: Source, { base, withCountry, paths, field }: AddressPlaces): Field[] => [
  {
    source,
    what: 'country',
    base,
    places: paths.map((path, index) => [`${path}.${field}`, COUNTRIES[index], COUNTRIES[index]]),
    read: ({ countryCode }) => countryCode,
  },
  {
    source,
    what: 'address',
    base: withCountry,
    places: paths.map((path, index) => [`${path}.city`, CITIES[index], [digest(CITIES[index] ?? '')]]),
    read: (event) => values(event, 'CITY'),
  },
];

const commerce = (what: string, field: string, told: readonly unknown[], read: Field['read']): Field => ({
  source: 'ga4',
  what,
  base: GA4_WITHOUT_ID,
  places: COMMERCE.map((holder, index) => [`${holder}${field}`, told[index], index + 1]),
  read,
});

const GOOGLE = ['consent_state', 'consent', 'eventModel.consent'];
/** A signal granted in one place and denied in the next; Google's own parameters say what `ad_storage` alone would. */
const signal = (name: string, amazon: 'amznAdStorage' | 'amznUserData', parameters: Field['places']): Field => ({
  source: 'ga4',
  what: name,
  base: GA4_US,
  places: [
    ...GOOGLE.map((holder, index) => {
      const word = index % 2 === 0 ? 'GRANTED' : 'DENIED';
      return [`${holder}.${name}`, word.toLowerCase(), word] as const;
    }),
    ...parameters,
  ],
  read: ({ consent }) => consent?.amazonConsent?.[amazon],
});

const FIELDS: readonly Field[] = [
  signal('ad_storage', 'amznAdStorage', [
    ['x-ga-gcd', '13p3p3p3l5l1', 'DENIED'],
    ['x-ga-gcs', 'G111', 'GRANTED'],
  ]),
  signal('ad_user_data', 'amznUserData', [['x-ga-gcd', '13t3t3p3l5l1', 'DENIED']]),
  {
    source: 'ga4',
    what: 'ad_personalization',
    base: GA4_US,
    places: GOOGLE.map((holder) => [`${holder}.ad_personalization`, 'denied', 'DENIED']),
    read: ({ consent }) => consent?.amazonConsent?.amznUserData,
  },
  ...addresses('shopify', {
    base: SHOPIFY,
    withCountry: SHOPIFY_DE,
    paths: ['billing_address', 'shipping_address', 'customer.default_address'],
    field: 'country_code',
  }),
  {
    source: 'shopify',
    what: 'value',
    base: { ...SHOPIFY_DE, total_price_set: null, total_price: null },
    places: [
      ['total_price_set.shop_money.amount', '1.00', 1],
      ['total_price', '2.00', 2],
    ],
    read: ({ value }) => value,
  },
  {
    source: 'shopify',
    what: 'currency',
    base: { ...SHOPIFY_DE, total_price_set: null, currency: null, total_price: '2.00' },
    places: [
      ['total_price_set.shop_money.currency_code', 'USD', 'USD'],
      ['currency', 'GBP', 'GBP'],
    ],
    read: ({ currencyCode }) => currencyCode,
  },
  ...addresses('woocommerce', {
    base: WOO,
    withCountry: { ...WOO, billing: { country: 'FR', email: 'jane@example.com' } },
    paths: ['billing', 'shipping'],
    field: 'country',
  }),
  ...addresses('stripe', {
    base: STRIPE,
    withCountry: STRIPE_US,
    paths: [`${SESSION}.customer_details.address`, ...STRIPE_HOLDERS.map((holder) => `${holder}.address`)],
    field: 'country',
  }),
  {
    source: 'stripe',
    what: 'name',
    base: STRIPE_US,
    places: [
      `${SESSION}.customer_details.individual_name`,
      `${SESSION}.collected_information.individual_name`,
      `${SESSION}.customer_details.name`,
      ...STRIPE_HOLDERS.map((holder) => `${holder}.name`),
    ].map((path, index) => [path, `Jane Doe${index}`, [digest('jane'), digest(`doe${index}`)]]),
    read: (event) => values(event, 'FIRST_NAME', 'LAST_NAME'),
  },
  commerce('id', 'transaction_id', ['1', '2', '3'], (event) => Number(event.clientDedupeId)),
  commerce('value', 'value', [1, '2', 3], ({ value }) => value),
  commerce(
    'currency',
    'currency',
    ['EUR', 'GBP', 'SEK'],
    ({ currencyCode = '' }) => ['EUR', 'GBP', 'SEK'].indexOf(currencyCode) + 1,
  ),
  commerce(
    'units',
    'items',
    [1, 2, 3].map((quantity) => [{ quantity }]),
    ({ unitsSold }) => unitsSold,
  ),
  commerce(
    'attributes',
    'items',
    [1, 2, 3].map((item_id) => [{ item_id }]),
    ({ customAttributes }) => Number(customAttributes?.[0]?.value),
  ),
  {
    source: 'ga4',
    what: 'event id',
    base: { ...GA4_US, transaction_id: null },
    places: [
      ['event_id', 'e-1', 'e-1'],
      ['eventModel.event_id', 'e-2', 'e-2'],
    ],
    read: ({ clientDedupeId }) => clientDedupeId,
  },
  {
    source: 'ga4',
    what: 'name',
    base: GA4_WITHOUT_NAME,
    places: [
      ['event_name', 'sign_up', 'sign_up SIGN_UP'],
      ['event', 'search', 'search SEARCH'],
    ],
    read: ({ name, eventType }) => `${name} ${eventType}`,
  },
  {
    source: 'ga4',
    what: 'country',
    base: { ...GA4, user_data: { email: 'jane@example.com' } },
    places: [
      'country_code',
      'eventModel.country_code',
      'user_data.address.country',
      'user_data.country',
      'user_location.country_id',
    ].map((path, index) => [path, COUNTRIES[index], COUNTRIES[index]]),
    read: ({ countryCode }) => countryCode,
  },
  {
    source: 'ga4',
    what: 'time',
    base: GA4_WITHOUT_TIME,
    places: [
      ['timestamp_ms', NOW_MS - 1, NOW_MS - 1],
      ['timestamp_micros', (NOW_MS - 2) * 1_000, NOW_MS - 2],
      ['timestamp', new Date(NOW_MS - 3).toISOString(), NOW_MS - 3],
    ],
    read: ({ timestamp }) => Date.parse(timestamp),
  },
  {
    source: 'ga4',
    what: 'customer',
    base: { ...GA4, country_code: 'US' },
    places: [
      ['eventModel.user_data', { email: 'jane@example.com' }, [digest('jane@example.com')]],
      ['user_data', { email: 'joe@example.com' }, [digest('joe@example.com')]],
    ],
    read: (event) => values(event, 'EMAIL'),
  },
];

describe.each(FIELDS)('the $what of $source', ({ source, base, places, read }) => {
  it.each(places.map(([path, , expected], index) => ({ path, expected, index })))(
    'comes from $path where the places before it are silent',
    ({ expected, index }) => {
      // What counts first is written last, so that no order of the payload's own helps.
      const payload = places
        .slice(index)
        .toReversed()
        .reduce<unknown>((written, [path, value]) => withValue(written, path.split('.'), value), base);
      expect(read(eventOf(source, payload))).toEqual(expected);
    },
  );
});
