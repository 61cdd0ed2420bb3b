// Siblings of the field cases in match keys: what customers type and programs export, in more forms and for more countries.
import { describe, expect, it } from 'vitest';
import { conversionPayload } from '../../support/events.js';
import {
  csv,
  customer,
  digest,
  ga4,
  keysOf,
  order,
  reasonOf,
  shopify,
  stripe,
  woo,
} from '../../support/field-payloads.js';

const withCustomer = (fields: Record<string, unknown>, country = 'US') =>
  order({ country, customer: { email: 'jane@example.com', ...fields } });
const digests = (texts: readonly string[]) => texts.map(digest);

describe('phones of the field', () => {
  it.each([
    ['DE', '+0049 176 12345678', ['+4917612345678']],
    ['DE', '+00 49 176 12345678', ['+4917612345678']],
    ['DE', '++4917612345678', ['+4917612345678']],
    ['DE', '+ 49 176 12345678', ['+4917612345678']],
    ['DE', '+49 (0) 176 / 123 456 78', ['+4917612345678']],
    ['DE', 'Tel. 0176 12345678', ['+4917612345678']],
    ['DE', '4917612345678,00', ['+4917612345678']],
    ['DE', '494112345', ['+49494112345']],
    ['US', '00 1 415 555 2671', ['+14155552671']],
    ['US', '0049 176 12345678', ['+4917612345678']],
    ['AU', '0044 7400 123456', ['+447400123456']],
    ['JP', '０９０−１２３４−５６７８', ['+819012345678']],
    ['FR', '33692123456', ['+262692123456']],
    ['FR', '33 0692 12 34 56', ['+262692123456']],
    ['FR', '33612345678', ['+33612345678']],
    ['FR', '33140506070', ['+33140506070']],
    ['FR', '590690123456', ['+590690123456']],
    ['FR', '262 692 12 34 56', ['+262692123456']],
    ['FR', '262690123456', []],
    ['BE', '+33 692 12 34 56', ['+262692123456']],
    ['BR', '55 99123-4567', ['+5555991234567']],
    ['BR', '0 15 11 91234-5678', ['+5511912345678']],
    ['TR', '90 (532) 123 45 67', ['+905321234567']],
    ['PL', '48 123 45 67', ['+48481234567']],
    ['MX', '+52 (1) 55 1234 5678', ['+525512345678']],
    ['DE', '0176 12345678 / 030 901820', ['+4917612345678', '+4930901820']],
    ['US', '(415) 555-2671; (415) 555-2672', ['+14155552671', '+14155552672']],
    ['US', '(415) 555-2671; ask for Jane', ['+14155552671']],
    ['US', 'none, (415) 555-2671', ['+14155552671']],
    ['DE', '0176 12345678; 1, 2', ['+4917612345678']],
    ['US', '(415) 555-2671, '.repeat(7), []],
    ['US', '12345678910', []],
    ['US', '(415) 555-5555', []],
    ['US', '800-000-0000', []],
    ['BR', '(11) 99999-9999', []],
    ['JP', '090-0000-0000', []],
    ['FR', '06 06 06 06 06', ['+33606060606']],
  ])('in %s %s is %j', (country, phone, numbers) => {
    expect(keysOf('order', withCustomer({ phone }, country), 'PHONE')).toEqual(digests(numbers));
  });

  it('has both numbers of a cell in every source', () => {
    const phone = '(415) 555-2671 / (415) 555-2672';
    const both = digests(['+14155552671', '+14155552672']);
    expect(keysOf('csv', csv({ phone }), 'PHONE')).toEqual(both);
    expect(keysOf('woocommerce', woo({ 'billing.phone': phone, 'billing.country': 'US' }), 'PHONE')).toEqual(both);
    const matchKeys = [{ type: 'PHONE', values: [phone] }];
    expect(keysOf('conversion', conversionPayload({ matchKeys }), 'PHONE')).toEqual(both);
  });
});

describe('a GA4 customer whose country is not the event’s', () => {
  const phone = '0176 12345678';
  it.each([
    ['an address', { phone, address: { country: 'DE', postal_code: '1067' } }, ['+4917612345678'], ['01067']],
    ['flat fields', { phone, country: 'de-DE', zip: '1067' }, ['+4917612345678'], ['01067']],
    [
      'a list of addresses',
      { phone, address: [{ city: 'Berlin' }, { country: 'NO', postal_code: '150' }, { country: 'AU', zip: '800' }] },
      [],
      ['0150', '0800'],
    ],
    ['a country that is none', { phone, address: { country: '(not set)', postal_code: '2139' } }, [], ['02139']],
  ])('is read by that country: %s', (_, user_data, phones, postals) => {
    const event = ga4('flat', {}, { user_data: { ...customer, ...user_data } });
    expect(keysOf('ga4', event, 'PHONE')).toEqual(digests(phones));
    expect(keysOf('ga4', event, 'POSTAL')).toEqual(digests(postals));
  });

  it('is read by it in the body of a Measurement Protocol too', () => {
    const body = ga4('Measurement Protocol', {}, { user_data: { phone, address: { country: 'DE' } } });
    expect(keysOf('ga4', body, 'PHONE')).toEqual(digests(['+4917612345678']));
  });
});

describe('e-mail addresses of the field', () => {
  it.each([
    ['Jane Doe (jane@example.com)', ['jane@example.com']],
    ['jane@example.com (joe@example.com)', ['jane@example.com']],
    ['(jane@)', []],
    ['Jane (jane doe@example.com)', []],
    ['jane @example.com', ['jane@example.com']],
    ['jane@ example.com', ['jane@example.com']],
    ['jane doe@example.com', []],
    ['jane@example.com / @jane', []],
    ['jane＠example．com', ['jane@example.com']],
    ['jane%40example.com', ['jane@example.com']],
    ['jane%2Bnews%40example.com', ['jane+news@example.com']],
    ['100%25 jane', []],
    ['"Doe, Jane" <jane@example.com>', ['jane@example.com']],
    ['Jane <jane@example.com>; Joe <joe@example.com>', ['jane@example.com', 'joe@example.com']],
    ['mailto:jane@example.com?subject=Hi', ['jane@example.com']],
    ['\u202Ajane@example.com\u202C', ['jane@example.com']],
    ['jane@example.com; n/a', ['jane@example.com']],
  ])('%j is %j', (email, addresses) => {
    const found = keysOf('order', order({ customer: { email, firstName: 'Jane' } }), 'EMAIL');
    expect(found.toSorted()).toEqual(digests(addresses).toSorted());
  });
});

const FIELDS = { firstName: 'FIRST_NAME', lastName: 'LAST_NAME', address: 'ADDRESS', city: 'CITY', state: 'STATE' };

describe('what says nothing of a customer', () => {
  it.each([
    '-',
    '--',
    '.',
    '?',
    '*',
    '_',
    '#REF!',
    '####',
    '#NAME?',
    '{{first_name}}',
    '%%FNAME%%',
    '%NAME%',
    '0',
    'false',
  ])('%s is no match key', (nothing) => {
    for (const [field, type] of Object.entries(FIELDS)) {
      expect(keysOf('order', withCustomer({ [field]: nothing }), type)).toEqual([]);
    }
  });

  it.each(['#4', '1', '李', '[sic] 1 Main St'])('%s is one', (text) => {
    expect(keysOf('order', withCustomer({ address: text }), 'ADDRESS')).toEqual(digests([text.toLowerCase()]));
  });

  it.each(['-', 'null', 'N/A', '.'])('%s is no line of a street', (line) => {
    const street = { 'billing_address.address1': '1 Main St', 'billing_address.address2': line };
    expect(keysOf('shopify', shopify(street), 'ADDRESS')).toEqual(digests(['1 main st']));
    const lines = { 'billing.address_1': line, 'billing.address_2': '1 Main St' };
    expect(keysOf('woocommerce', woo(lines), 'ADDRESS')).toEqual(digests(['1 main st']));
  });

  it('leaves its place to the next field, and an address of it to the next address', () => {
    const state = { 'billing_address.province_code': 'N/A', 'billing_address.province': 'Bayern' };
    expect(keysOf('shopify', shopify(state), 'STATE')).toEqual(digests(['bayern']));
    const nobody = { country_code: 'DE', first_name: '-', last_name: '.', address1: 'N/A', city: 'null', zip: null };
    const gift = shopify({ billing_address: nobody, shipping_address: { country_code: 'DE', city: 'Bonn' } });
    expect(keysOf('shopify', gift, 'CITY')).toEqual(digests(['bonn']));
  });

  it('is left out of a name in one field', () => {
    const paid = stripe({ 'data.object.customer_details.name': 'Jane .' });
    expect(keysOf('stripe', paid, 'FIRST_NAME')).toEqual(digests(['jane']));
    expect(keysOf('stripe', paid, 'LAST_NAME')).toEqual([]);
  });

  it.each(['6.50441E+12', '1001.0', '{{match_id}}', '#REF!', '#N/A', 'undefined'])('%s is no MATCH_ID', (id) => {
    const event = conversionPayload({ matchKeys: [{ type: 'MATCH_ID', values: [id] }] });
    expect(reasonOf('conversion', event)).toBe('no_match_key');
  });
});

describe('postal codes of the field', () => {
  it.each([
    ['BR', '1310100', '01310100'],
    ['BR', '1310100.0', '01310100'],
    ['BR', '01310-100', '01310-100'],
    ['KR', '6164', '06164'],
    ['VI', '802', '00802'],
    ['CO', '50001', '050001'],
    ['JP', '１００−０００１', '100-0001'],
    ['JP', '〒100-0001', '100-0001'],
    ['JP', '600001', '0600001'],
    ['PL', '00-950', '00-950'],
    ['US', '501', '00501'],
    ['US', '="02139"', '02139'],
    ['US', '2.139E+03', undefined],
    ['AE', '00000', undefined],
    ['HK', '0', undefined],
  ])('in %s %s is %s', (country, postal, code) => {
    const expected = code === undefined ? [] : digests([code]);
    expect(keysOf('order', withCustomer({ postal }, country), 'POSTAL')).toEqual(expected);
  });
});
