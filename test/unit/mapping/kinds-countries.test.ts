// Kinds of fault in countries: field-cases.json has one or two cases of each, here are their siblings in every source.
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

describe('countries', () => {
  const WITH: readonly (readonly [Source, (code: unknown) => unknown])[] = [
    ['conversion', (code) => conversionPayload({ countryCode: code })],
    ['order', (code) => order({ country: code })],
    ['csv', (code) => csv({ countryCode: code })],
    ['ga4', (code) => ga4('flat', {}, { country_code: code })],
    ['shopify', (code) => shopify({ billing_address: { country_code: code }, shipping_address: null })],
    ['woocommerce', (code) => woo({ 'billing.country': code, 'shipping.country': '' })],
    ['stripe', (code) => stripe({ 'data.object.customer_details.address.country': code })],
  ];

  it.each(WITH)('of %s are read in all their forms', (source, withCountry) => {
    for (const [text, code] of Object.entries({
      USA: 'US',
      'US-CA': 'US',
      'DE-BY': 'DE',
      'de-AT': 'AT',
      pt_BR: 'BR',
      'PT-BR': 'BR',
      gb: 'GB',
    })) {
      expect(eventOf(source, withCountry(text)).countryCode, text).toBe(code);
    }
  });

  it.each(WITH)('of %s that nobody has are unsupported, whatever the setting', (source, withCountry) => {
    for (const code of ['XK', 'AC', 'TA', 'AN', 'xk', 'XKX', 'XK-01', 'AN-ABC']) {
      expect(reasonOf(source, withCountry(code), { defaultCountry: 'US' }), code).toBe('unsupported');
    }
    expect(reasonOf(source, withCountry('Deutschland'), { defaultCountry: 'US' })).toBe('invalid');
  });

  it('fall to the order’s next address', () => {
    const shipping = { country_code: 'AL', first_name: 'Jane' };
    expect(
      eventOf('shopify', shopify({ 'billing_address.country_code': 'XK', shipping_address: shipping })).countryCode,
    ).toBe('AL');
    expect(eventOf('woocommerce', woo({ 'billing.country': 'XK', 'shipping.country': 'AL' })).countryCode).toBe('AL');
    const collected = { shipping_details: { name: 'Jane Doe', address: { country: 'AL' } } };
    const payload = stripe({
      'data.object.customer_details.address.country': 'XK',
      'data.object.collected_information': collected,
    });
    expect(eventOf('stripe', payload).countryCode).toBe('AL');
  });

  it('come from Stripe’s shipping address before the setting, of whatever age of the API', () => {
    const shipping = { name: 'Jane Doe', address: { country: 'DE', city: 'Berlin' } };
    for (const place of ['collected_information', 'shipping_details', 'shipping']) {
      const payload = stripe({
        'data.object.customer_details.address': null,
        [`data.object.${place}`]: place === 'collected_information' ? { shipping_details: shipping } : shipping,
      });
      expect(eventOf('stripe', payload, { defaultCountry: 'US' }).countryCode).toBe('DE');
      expect(keysOf('stripe', payload, 'CITY')).toEqual([digest('berlin')]);
    }
  });

  it('read the phone and the postal code of their own address', () => {
    const address = { country_code: 'XK', first_name: 'A', phone: '044 123 456', zip: '10000' };
    const payload = shopify({ billing_address: address, shipping_address: { country_code: 'AL' } });
    expect(keysOf('shopify', payload, 'PHONE')).toEqual([digest('+38344123456')]);
    const gift = { country_code: 'US', first_name: 'A', zip: '2139' };
    const german = shopify({ billing_address: { country_code: 'DE', phone: '030 901820' }, shipping_address: gift });
    expect(eventOf('shopify', german).countryCode).toBe('DE');
    expect(keysOf('shopify', german, 'POSTAL')).toEqual([digest('02139')]);
    expect(keysOf('shopify', german, 'PHONE')).toEqual([digest('+4930901820')]);
  });
});
