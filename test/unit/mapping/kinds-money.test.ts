// Kinds of fault in money: field-cases.json has one or two cases of each, here are their siblings in every source.
import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/mapping/source.js';
import { csv, eventOf, ga4, messagesOf, order, reasonOf, shopify, woo } from '../../support/field-payloads.js';

describe('money', () => {
  const BY_HAND: readonly (readonly [Source, (value: unknown, currency: string) => unknown])[] = [
    ['order', (total, currency) => order({ total, currency })],
    ['csv', (value, currencyCode) => csv({ value, currencyCode })],
    ['ga4', (value, currency) => ga4('flat', { value, currency })],
  ];
  const OF_PLATFORMS: readonly (readonly [Source, (value: unknown, currency: string) => unknown])[] = [
    ['shopify', (total_price, currency) => shopify({ total_price, currency, total_price_set: null })],
    ['woocommerce', (total, currency) => woo({ total, currency })],
  ];

  it.each(BY_HAND)('of %s: three decimals are ambiguous, but where they belong', (source, payload) => {
    for (const currency of ['EUR', 'JPY', 'USD']) {
      expect(reasonOf(source, payload('1.249', currency)), currency).toBe('invalid');
      expect(messagesOf(source, payload('1.249', currency))).toMatch(/decimal|thousand/);
    }
    for (const currency of ['KWD', 'BHD', 'TND', 'IQD', 'LYD', 'JOD', 'OMR']) {
      expect(eventOf(source, payload('1.249', currency)).value, currency).toBe(1.25);
    }
    expect(eventOf(source, payload("'12.50", 'EUR')).value).toBe(12.5);
    expect(eventOf(source, payload('="12.50"', 'EUR')).value).toBe(12.5);
  });

  it.each(OF_PLATFORMS)('of %s is rounded', (source, payload) => {
    expect(eventOf(source, payload('1.249', 'EUR')).value).toBe(1.25);
    expect(eventOf(source, payload('1.245', 'USD')).value).toBe(1.25);
  });

  it.each([...BY_HAND, ...OF_PLATFORMS])('of %s: currencies are our own list', (source, payload) => {
    for (const code of ['XCG', 'ZWG', 'SLE', 'VES', 'usd', 'BGN'])
      expect(reasonOf(source, payload('5', code)), code).toBe('accepted');
    for (const code of ['BTC', 'RMB', 'GGP', 'ETH', 'XAU', 'DEM', 'USDT'])
      expect(reasonOf(source, payload('5', code)), code).toBe('unsupported');
    for (const code of ['€', '$', 'euro']) expect(reasonOf(source, payload('5', code)), code).toBe('invalid');
  });

  it.each(['1.249,90', '1,249.90', '12,50', '12 EUR', '$12', '1e3', '1.249.900'])(
    '%s is told by its form',
    (amount) => {
      for (const [source, payload] of [...BY_HAND, ...OF_PLATFORMS]) {
        expect(messagesOf(source, payload(amount, 'EUR')), source).toMatch(/comma|holds more|plain/);
      }
    },
  );

  it('of a lead without a currency is refused where it could be thousands', () => {
    const lead = (value: string) => csv({ eventType: 'LEAD', name: 'lead', currencyCode: '', value });
    expect(reasonOf('csv', lead('1.249'))).toBe('invalid');
    expect(eventOf('csv', lead('0.125')).value).toBe(0.13);
  });
});
