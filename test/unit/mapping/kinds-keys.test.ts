// Kinds of fault in phones, e-mails and text: field-cases.json has one or two cases of each, here are their siblings in every source.
import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/mapping/source.js';
import { conversionPayload } from '../../support/events.js';
import {
  csv,
  digest,
  eventOf,
  ga4,
  keysOf,
  order,
  reasonOf,
  shopify,
  stripe,
  woo,
} from '../../support/field-payloads.js';

describe('phones', () => {
  it.each([
    ['017612345678.0', 'DE', '+4917612345678'],
    ['4917612345678.0', 'DE', '+4917612345678'],
    ['4155552671.0', 'US', '+14155552671'],
    ['4917612345678', 'DE', '+4917612345678'],
    ['49 176 12345678', 'DE', '+4917612345678'],
    ['33612345678', 'FR', '+33612345678'],
    ['436641234567', 'AT', '+436641234567'],
    ['447911123456', 'GB', '+447911123456'],
    ['0030 12345', 'GR', undefined],
    ['+52 1 55 1234 5678', 'US', '+525512345678'],
    ['5215512345678', 'MX', '+525512345678'],
    ['00521 55 1234 5678', 'DE', '+525512345678'],
    ['01 55 1234 5678', 'MX', '+525512345678'],
    ['1 55 1234 5678', 'MX', '+525512345678'],
    ['044 55 1234 5678', 'MX', '+525512345678'],
    ['045 55 1234 5678', 'MX', '+525512345678'],
    ['55 1234 5678', 'MX', '+525512345678'],
    ['0590 12 34 56', 'FR', '+590590123456'],
    ['0590 12 34 56 78', 'FR', undefined],
    ['0590 123 456', 'FR', '+590590123456'],
    ['0691 12 34 56', 'FR', '+590691123456'],
    ['0594 12 34 56', 'FR', '+594594123456'],
    ['0694 12 34 56', 'FR', '+594694123456'],
    ['0596 12 34 56', 'FR', '+596596123456'],
    ['0696 12 34 56', 'FR', '+596696123456'],
    ['0697 12 34 56', 'FR', '+596697123456'],
    ['0262 12 34 56', 'FR', '+262262123456'],
    ['0693 12 34 56', 'FR', '+262693123456'],
    ['0269 12 34 56', 'FR', '+262269123456'],
    ['0639 12 34 56', 'FR', '+262639123456'],
    ['+33 6 90 12 34 56', 'DE', '+590690123456'],
    ['690 12 34 56', 'FR', '+590690123456'],
    ['+590 690 12 34 56', 'FR', '+590690123456'],
    ['0690 12 34 56', 'RE', '+590690123456'],
    ['06 12 34 56 78', 'RE', '+33612345678'],
    ['06 12 34 56 78', 'FR', '+33612345678'],
    ['0000000000', 'US', undefined],
    ['1111111111', 'US', undefined],
    ['+1 111 111 1111', 'US', undefined],
    ['123-123-1234', 'US', undefined],
    ['1234567890', 'US', undefined],
    ['+1 123 456 7890', 'DE', undefined],
    ['0123456789', 'DE', undefined],
    ['+49 1234567890', 'DE', undefined],
    ['(123) 555-2671', 'US', undefined],
    ['415-123-4567', 'US', undefined],
    ['415-055-4567', 'CA', undefined],
    ['000000', 'DE', undefined],
    ['4.91763E+12', 'DE', undefined],
    ['9b5b43a81ea1cd7fe7bce9b6b3b4f54c', 'US', undefined],
    [`4155552671${'a'.repeat(22)}`, 'US', undefined],
    [`0176123456${'a'.repeat(22)}`, 'DE', undefined],
    ['1.5125550142E10', 'US', undefined],
    ['447911123456', 'DE', '+49447911123456'],
    ['4930901820', 'DE', '+4930901820'],
    ['+7 916 123-45-67', 'RU', '+79161234567'],
    ['0987654321', 'IT', undefined],
    ['123456', 'FO', '+298123456'],
    ['1 55 1100 5234', 'MX', '+525511005234'],
    ['="(415) 555-2671"', 'US', '+14155552671'],
    ["'4155552671", 'US', '+14155552671'],
    ['\u202A+1 415 555 2671\u202C', 'US', '+14155552671'],
    ['(not set)', 'US', undefined],
  ])('%s of %s is %s', (phone, country, e164) => {
    const payload = order({ country, customer: { email: 'a@b.example', phone } });
    expect(keysOf('order', payload, 'PHONE')).toEqual(e164 === undefined ? [] : [digest(e164)]);
  });
});

describe('e-mails', () => {
  it.each([
    ['Jane Doe <jane@example.com>', ['jane@example.com']],
    ['"Doe, Jane" <jane@example.com>', ['jane@example.com']],
    ['<jane@example.com>', ['jane@example.com']],
    ['mailto:jane@example.com?subject=x', ['jane@example.com']],
    ['MAILTO:Jane@Example.com', ['jane@example.com']],
    ['jane@example.com,', ['jane@example.com']],
    ['jane@example.com.', ['jane@example.com']],
    ['jane@example.com;', ['jane@example.com']],
    ['\u200Bjane@example.com\uFEFF', ['jane@example.com']],
    ['jane\u00AD@example.com', ['jane@example.com']],
    ['\u202Ajane@example.com\u202C', ['jane@example.com']],
    ['jane@\u200Dexample.com', ['jane@example.com']],
    ["'jane@example.com", ['jane@example.com']],
    ["'jane@example.com'", ['jane@example.com']],
    ['="jane@example.com"', ['jane@example.com']],
    ['jane@example.com joe@example.com', ['jane@example.com', 'joe@example.com']],
    ['jane@example.com, joe@example.com', ['jane@example.com', 'joe@example.com']],
    ['jane@example.com|joe@example.com', ['jane@example.com', 'joe@example.com']],
    ['jane@example.com/joe@example.com', ['jane@example.com', 'joe@example.com']],
    ['jane@example.com and joe@example.com', ['jane@example.com', 'joe@example.com']],
    ['Jane <jane@example.com>, Joe <joe@example.com>', ['jane@example.com', 'joe@example.com']],
    ['jane@example.com (work)', ['jane@example.com']],
    ['jane@example.com(work)joe@example.com', ['jane@example.com', 'joe@example.com']],
    ['jane@example.com ,  joe@example.com', ['jane@example.com', 'joe@example.com']],
    ['jane/doe@example.com', ['jane/doe@example.com']],
    ['Jane < mailto:jane@example.com >', ['jane@example.com']],
    ['Jane <mailto: jane@example.com>', ['jane@example.com']],
    ['Jane <jane doe@example.com>', []],
    ['e-mail: jane@example.com', ['jane@example.com']],
    ["o'brien@example.com", ["o'brien@example.com"]],
    ['jane@example.com; n/a', ['jane@example.com']],
    ['jose\u0301@example.com', ['josé@example.com']],
    ['n/a', []],
    ['null', []],
    ['@example.com', []],
    ['jane@', []],
    ['jane@@example.com', []],
    ['jane@doe@example.com', []],
    ['jane doe@example.com', []],
    ['jane', []],
    ['9b5b43a81ea1cd7fe7bce9b6b3b4f54c', []],
    ['j\uFFFDrg@example.com', []],
    ['J\uFFFDrg <joerg@example.com>', ['joerg@example.com']],
  ])('%j is %j, in every source', (email, addresses) => {
    const expected = addresses.map(digest);
    const phone = '+14155552671';
    const keys: readonly (readonly [Source, unknown])[] = [
      ['order', order({ customer: { email, phone } })],
      ['csv', csv({ email, phone })],
      [
        'conversion',
        conversionPayload({
          matchKeys: [
            { type: 'EMAIL', values: [email] },
            { type: 'PHONE', values: [phone] },
          ],
        }),
      ],
      ['ga4', ga4('flat', {}, { user_data: { email, phone } })],
      ['shopify', shopify({ email, contact_email: null, customer: null })],
      ['woocommerce', woo({ 'billing.email': email })],
      ['stripe', stripe({ 'data.object.customer_details.email': email })],
    ];
    for (const [source, payload] of keys) expect(keysOf(source, payload, 'EMAIL'), source).toEqual(expected);
  });
});

describe('text', () => {
  const textKey = (type: string, field: string, value: string, country = 'US') =>
    keysOf('order', order({ country, customer: { email: 'a@b.example', [field]: value } }), type);

  it.each([
    ['FIRST_NAME', 'firstName'],
    ['LAST_NAME', 'lastName'],
    ['ADDRESS', 'address'],
    ['CITY', 'city'],
    ['STATE', 'state'],
    ['POSTAL', 'postal'],
  ])('a %s that was not UTF-8 is left out: its hash would match nobody', (type, field) => {
    const latin1 = Buffer.from('Müller', 'latin1').toString('utf8');
    expect(textKey(type, field, latin1)).toEqual([]);
    expect(textKey(type, field, 'Müller')).toEqual([digest('müller')]);
  });

  it.each([
    ['2139', 'US', '02139'],
    ['2139.0', 'US', '02139'],
    ['02139', 'US', '02139'],
    ['12345-6789', 'US', '12345-6789'],
    ['1067', 'DE', '01067'],
    ['1067.0', 'DE', '01067'],
    ['75001.0', 'FR', '75001'],
    ['1000', 'FR', '01000'],
    ['800', 'AU', '0800'],
    ['150', 'NO', '0150'],
    ['610', 'NZ', '0610'],
    ['1', 'ZA', '0001'],
    ['10115', 'RO', '010115'],
    ['18956', 'SG', '018956'],
    ['600000', 'JP', '0600000'],
    ['100-0001', 'JP', '100-0001'],
    ['1234', 'CH', '1234'],
    ['602', 'PR', '00602'],
    ['="02139"', 'US', '02139'],
    ["'02139", 'US', '02139'],
    ['K1A 0B1', 'CA', 'k1a 0b1'],
    ['A12', 'DE', 'a12'],
    ['12-3', 'DE', '12-3'],
  ])('the postal code %s of %s is %s', (postal, country, text) => {
    expect(textKey('POSTAL', 'postal', postal, country)).toEqual([digest(text)]);
  });

  it.each([
    ['FIRST_NAME', 'firstName', 'Jose\u0301', 'josé'],
    ['LAST_NAME', 'lastName', '="O\'Neil"', "o'neil"],
    ['CITY', 'city', "'s-Hertogenbosch", "'s-hertogenbosch"],
    ['CITY', 'city', 'Mu\u0308nchen', 'münchen'],
    ['STATE', 'state', '\u200ECA', 'ca'],
    ['ADDRESS', 'address', '1\u00A0 Main St', '1 main st'],
  ])('%s %j is %s', (type, field, value, text) => {
    expect(textKey(type, field, value)).toEqual([digest(text)]);
  });

  it.each([
    'null',
    'undefined',
    'N/A',
    '#N/A',
    'NaN',
    '(not set)',
    digest(''),
    digest('null').toUpperCase(),
    digest('undefined'),
    'a'.repeat(32),
  ])('leaves out %s', (value) => {
    for (const field of ['firstName', 'city', 'postal', 'phone', 'email']) {
      const payload = order({ country: 'US', customer: { lastName: 'Doe', [field]: value } });
      expect(eventOf('order', payload).matchKeys, field).toHaveLength(1);
    }
  });

  it.each(['00000000-0000-0000-0000-000000000000', '{idfa}', 'null', 'CDDA802E', 'unknown'])(
    'leaves out the MAID %s',
    (maid) => {
      expect(keysOf('csv', csv({ maid }), 'MAID')).toEqual([]);
      const matchKeys = [{ type: 'MAID', values: [maid] }];
      expect(reasonOf('conversion', conversionPayload({ matchKeys }))).toBe('no_match_key');
    },
  );
});
