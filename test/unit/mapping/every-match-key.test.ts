// Every field of a customer that a source can hold, and the match key that it becomes: a field that is lost costs matches in silence.
import { describe, expect, it } from 'vitest';
import { MATCH_KEY_TYPES } from '../../../src/mapping/match-key.js';
import type { Source } from '../../../src/mapping/source.js';
import { conversionPayload } from '../../support/events.js';
import { csv, digest, eventOf, ga4, order, shopify, stripe, woo } from '../../support/field-payloads.js';

const MAID = 'CDDA802E-FB9C-47AD-9866-0794D394C912';
const NOTES = { amzn_maid: MAID, amzn_match_id: 'Loyalty-1' };
const PEOPLE = [
  'a1@b.example',
  'a2@b.example',
  'a3@b.example',
  ...Array.from({ length: 17 }, (_, index) => `a${index + 4}@b.example`),
];
const ADDRESS = [
  ['FIRST_NAME', 'jane'],
  ['LAST_NAME', 'doe'],
  ['ADDRESS', '1 main st apt 2'],
  ['CITY', 'austin'],
  ['STATE', 'tx'],
  ['POSTAL', '78701'],
] as const;
const PLAIN = [
  ['MATCH_ID', 'Loyalty-1'],
  ['MAID', MAID],
] as const;
const PHONES = ['+15125550101', '+15125550102', '+15125550103', '+15125550104'] as const;
const phone = (index: number) => ['PHONE', PHONES[index] ?? ''] as const;
const email = (index: number) => ['EMAIL', PEOPLE[index] ?? ''] as const;

const OWN = {
  email: PEOPLE[0],
  phone: PHONES[0],
  address: '1 Main St Apt 2',
  city: 'Austin',
  state: 'TX',
  postal: '78701',
};

const FULL: readonly (readonly [Source, unknown, readonly (readonly [string, string])[]])[] = [
  [
    'shopify',
    shopify({
      email: PEOPLE[0],
      contact_email: PEOPLE[1],
      phone: PHONES[0],
      customer: { email: PEOPLE[2], phone: PHONES[2] },
      billing_address: {
        first_name: 'Jane',
        last_name: 'Doe',
        address1: '1 Main St',
        address2: 'Apt 2',
        city: 'Austin',
        province_code: 'TX',
        province: 'Texas',
        zip: '78701',
        country_code: 'US',
        phone: PHONES[1],
      },
      note_attributes: Object.entries(NOTES).map(([name, value]) => ({ name, value })),
    }),
    [email(0), email(1), email(2), phone(0), phone(1), phone(2), ...ADDRESS, ...PLAIN],
  ],
  [
    'woocommerce',
    woo({
      billing: {
        email: PEOPLE[0],
        phone: PHONES[0],
        first_name: 'Jane',
        last_name: 'Doe',
        address_1: '1 Main St',
        address_2: 'Apt 2',
        city: 'Austin',
        state: 'TX',
        postcode: '78701',
        country: 'US',
      },
      meta_data: Object.entries(NOTES).map(([key, value]) => ({ key, value })),
    }),
    [email(0), phone(0), ...ADDRESS, ...PLAIN],
  ],
  [
    'stripe',
    stripe({
      'data.object.customer_details': {
        email: PEOPLE[0],
        phone: PHONES[0],
        name: 'Jane Doe',
        address: {
          line1: '1 Main St',
          line2: 'Apt 2',
          city: 'Austin',
          state: 'TX',
          postal_code: '78701',
          country: 'US',
        },
      },
      'data.object.collected_information': { shipping_details: { phone: PHONES[1] } },
      'data.object.shipping_details': { phone: PHONES[2] },
      'data.object.shipping': { phone: PHONES[3] },
      'data.object.metadata': NOTES,
    }),
    [email(0), phone(0), phone(1), phone(2), phone(3), ...ADDRESS, ...PLAIN],
  ],
  [
    'order',
    order({ country: 'US', customer: { ...OWN, firstName: 'Jane', lastName: 'Doe' } }),
    [email(0), phone(0), ...ADDRESS],
  ],
  [
    'csv',
    csv({ ...OWN, first_name: 'Jane', last_name: 'Doe', maid: MAID }),
    [email(0), phone(0), ...ADDRESS, ['MAID', MAID]],
  ],
];

const keysOf = (source: Source, payload: unknown) =>
  eventOf(source, payload).matchKeys.map(({ type, values }) => [type, values[0]]);

describe('a customer of whom all is known', () => {
  it.each(FULL)('of %s: each field is a match key, contacts first', (source, payload, keys) => {
    const expected = keys.map(([type, text]) => [type, type.startsWith('MA') ? text : digest(text)]);
    expect(keysOf(source, payload)).toEqual(expected);
  });

  it('of conversion: every type is taken, and only personal data is hashed', () => {
    const texts: Readonly<Record<string, string>> = {
      EMAIL: 'jane@example.com',
      PHONE: PHONES[0],
      MAID,
      FIP: '203.0.113.7',
    };
    const matchKeys = MATCH_KEY_TYPES.map((type) => ({ type, values: [texts[type] ?? 'value-1'] }));
    const personal = 'EMAIL PHONE FIRST_NAME LAST_NAME ADDRESS CITY STATE POSTAL'.split(' ');
    expect(keysOf('conversion', conversionPayload({ matchKeys }))).toEqual(
      matchKeys.map(({ type, values: [text = ''] }) => [type, personal.includes(type) ? digest(text) : text]),
    );
  });
});

describe('a customer of GA4', () => {
  const keysWith = (user_data: object) =>
    keysOf('ga4', ga4('flat', {}, { user_data: { ...user_data } })).map(([type, value]) => `${type} ${value}`);
  const HASHED = digest('anything');

  it.each([
    ['email_address', 'EMAIL', 'jane@example.com'],
    ['email', 'EMAIL', 'jane@example.com'],
    ['phone_number', 'PHONE', PHONES[0]],
    ['phone', 'PHONE', PHONES[0]],
  ])('has %s as %s', (field, type, text) => {
    expect(keysWith({ [field]: text })).toEqual([`${type} ${digest(text)}`]);
    expect(keysWith({ [field]: [text] })).toEqual([`${type} ${digest(text)}`]);
  });

  it.each([
    ['sha256_email_address', 'EMAIL'],
    ['email_hash', 'EMAIL'],
    ['sha256_phone_number', 'PHONE'],
    ['phone_hash', 'PHONE'],
  ])('has %s as %s, and nothing of it where it is no digest', (field, type) => {
    expect(keysWith({ [field]: HASHED })).toEqual([`${type} ${HASHED}`]);
    expect(keysWith({ first_name: 'Jane', [field]: 'jane' })).toEqual([`FIRST_NAME ${digest('jane')}`]);
  });

  it.each([
    ['first_name', 'FIRST_NAME'],
    ['last_name', 'LAST_NAME'],
    ['street', 'ADDRESS'],
    ['city', 'CITY'],
    ['region', 'STATE'],
    ['postal_code', 'POSTAL'],
    ['zip', 'POSTAL'],
  ])('has %s as %s, in an address, in a list of them, and flat beside the e-mail', (field, type) => {
    const expected = [`${type} ${digest('jane')}`];
    expect(keysWith({ address: { [field]: 'Jane' } })).toEqual(expected);
    expect(keysWith({ address: [{}, { [field]: 'Jane' }] })).toEqual(expected);
    expect(keysWith({ [field]: 'Jane' })).toEqual(expected);
  });

  it.each([
    ['sha256_first_name', 'FIRST_NAME'],
    ['sha256_last_name', 'LAST_NAME'],
    ['sha256_street', 'ADDRESS'],
    ['sha256_city', 'CITY'],
    ['sha256_region', 'STATE'],
    ['sha256_postal_code', 'POSTAL'],
  ])('has %s as %s, and nothing of it where it is no digest', (field, type) => {
    expect(keysWith({ address: { [field]: HASHED } })).toEqual([`${type} ${HASHED}`]);
    expect(keysWith({ email: 'jane@example.com', address: { [field]: 'jane' } })).toEqual([
      `EMAIL ${digest('jane@example.com')}`,
    ]);
  });

  // The event is of the US; the customer need not be.
  it.each([
    [{ country: 'GB' }, ['+442071838750']],
    [{ address: { country: 'GB' } }, ['+442071838750']],
    [{ address: [{ country: 'Nowhere' }, { country: 'GB' }, { country: 'DE' }] }, ['+442071838750']],
    [{ address: { country: 'DE' }, country: 'GB' }, ['+492071838750']],
    [{}, []],
  ])('%j: a phone is read by the customer’s own country', (place, numbers) => {
    const payload = ga4('flat', {}, { user_data: { email: 'jane@example.com', phone: '020 7183 8750', ...place } });
    const phones = keysOf('ga4', payload).filter(([type]) => type === 'PHONE');
    expect(phones).toEqual(numbers.map((number) => ['PHONE', digest(number)]));
  });

  it('has each postal code read by the country of its own address', () => {
    const address = [{ country: 'DE', zip: '1067' }, { country: 'CH', zip: '1068' }, { zip: '1069' }];
    const ofList = keysWith({ address, country: 'DE' });
    expect(ofList).toEqual(['01067', '1068', '01069'].map((code) => `POSTAL ${digest(code)}`));
  });

  it('keeps its contacts in front of its address', () => {
    const address = { sha256_postal_code: HASHED, city: 'Austin', last_name: 'Doe', first_name: 'Jane' };
    const types = keysWith({ address, phone: PHONES[0], email: 'jane@example.com' }).map((key) => key.split(' ')[0]);
    expect(types).toEqual(['EMAIL', 'PHONE', 'FIRST_NAME', 'LAST_NAME', 'CITY', 'POSTAL']);
  });
});

it('12 units of a row of a file are 12', () => {
  expect(eventOf('csv', csv({ unitsSold: '12' })).unitsSold).toBe(12);
});

describe('a customer with 20 e-mail addresses', () => {
  const all = PEOPLE.join('; ');
  const { customer: _, ...shopifyOrder } = shopify({ email: all, contact_email: null });

  it.each<[Source, unknown]>([
    ['shopify', shopifyOrder],
    ['woocommerce', woo({ 'billing.email': all })],
    ['stripe', stripe({ 'data.object.customer_details.email': all })],
    ['order', order({ customer: { email: all } })],
    ['csv', csv({ email: all })],
    ['ga4', ga4('flat', {}, { user_data: { email: PEOPLE } })],
  ])('of %s is known by the first 15: Amazon takes no more, and the sale is not lost', (source, payload) => {
    expect(keysOf(source, payload)).toEqual(PEOPLE.slice(0, 15).map((address) => ['EMAIL', digest(address)]));
  });
});

describe('a part of an address in two fields', () => {
  it.each([
    [{ province_code: null, province: 'Texas' }, 'texas'],
    [{ province_code: 'TX', province: 'Texas' }, 'tx'],
  ])('is the first that says something: %j', (parts, state) => {
    const billing_address = { first_name: 'Jane', country_code: 'US', ...parts };
    expect(keysOf('shopify', shopify({ billing_address }))).toContainEqual(['STATE', digest(state)]);
  });

  it.each<[Source, unknown]>([
    [
      'shopify',
      shopify({
        billing_address: { country_code: 'US' },
        shipping_address: { country_code: 'GB', phone: '020 7183 8750' },
      }),
    ],
    [
      'woocommerce',
      woo({
        billing: { country: 'US', email: 'jane@example.com' },
        shipping: { country: 'GB', phone: '020 7183 8750' },
      }),
    ],
  ])('of %s: a phone is read by the country of its own address', (source, payload) => {
    expect(keysOf(source, payload)).toContainEqual(['PHONE', digest('+442071838750')]);
  });

  it.each<[Source, unknown]>([
    [
      'shopify',
      shopify({ billing_address: { country_code: 'CH' }, shipping_address: { country_code: 'DE', zip: '1067' } }),
    ],
    [
      'woocommerce',
      woo({ billing: { country: 'CH', email: 'jane@example.com' }, shipping: { country: 'DE', postcode: '1067' } }),
    ],
    [
      'stripe',
      stripe({
        'data.object.customer_details.address': { country: 'CH' },
        'data.object.shipping_details': { address: { country: 'DE', postal_code: '1067' } },
      }),
    ],
  ])('of %s: a postal code is read by the country of its own address', (source, payload) => {
    expect(keysOf(source, payload)).toContainEqual(['POSTAL', digest('01067')]);
  });

  it('of a Shopify customer: the name stands in where no address has one', () => {
    const customer = { email: 'jane@example.com', first_name: 'Jane', last_name: 'Doe' };
    const keys = keysOf('shopify', shopify({ billing_address: { country_code: 'US', city: 'Austin' }, customer }));
    expect(keys).toContainEqual(['FIRST_NAME', digest('jane')]);
    expect(keys).toContainEqual(['LAST_NAME', digest('doe')]);
  });
});
