import { describe, expect, it } from 'vitest';
import { aliasesOf, aliasOf, tailOf } from '../../../src/mapping/aliases.js';

describe('other names of an order', () => {
  it.each<[Parameters<typeof aliasesOf>[0], unknown, string, string[]]>([
    ['shopify', { id: 5678, name: '#1001', order_number: 1001 }, 'shopify:OFF_AMAZON_PURCHASES:5678', ['1001']],
    [
      'shopify',
      { id: 5678, name: 'EU-1001', order_number: 1001 },
      'shopify:OFF_AMAZON_PURCHASES:5678',
      ['EU-1001', '1001'],
    ],
    // DEDUPE_ID_SHOPIFY is name.
    ['shopify', { id: '5678901234567890123', name: '#1001', order_number: 1001 }, '#1001', ['5678901234567890123']],
    ['woocommerce', { id: 727, number: '727' }, 'woocommerce:OFF_AMAZON_PURCHASES:727', []],
    ['woocommerce', { id: 727, number: 'W-9' }, 'woocommerce:OFF_AMAZON_PURCHASES:727', ['W-9']],
    [
      'stripe',
      { id: 'evt_1', data: { object: { id: 'cs_1', payment_intent: 'pi_1', client_reference_id: 'order 1' } } },
      'stripe:OFF_AMAZON_PURCHASES:cs_1',
      ['pi_1'],
    ],
    ['stripe', { id: 'cs_1', payment_intent: null }, 'stripe:OFF_AMAZON_PURCHASES:cs_1', []],
    ['order', { id: '1001' }, 'order:OFF_AMAZON_PURCHASES:1001', []],
    ['shopify', null, 'x', []],
    ['stripe', null, 'x', []],
  ])('of %s: %j', (source, payload, clientDedupeId, aliases) => {
    expect(aliasesOf(source, payload, clientDedupeId)).toEqual(aliases);
  });

  it.each(['jane@example.com', '+49 30 1234567', 'x'.repeat(29), '', 'a b'])('never one like %j', (id) => {
    expect(aliasesOf('stripe', { id: 'cs_1', client_reference_id: id }, 'stripe:OFF_AMAZON_PURCHASES:cs_1')).toEqual(
      [],
    );
  });

  it('are kept without a leading #, and stand for the part of the dedupe id that is the shop’s', () => {
    expect([aliasOf('#1001'), aliasOf(' 1001'), aliasOf('EU#1001')]).toEqual(['1001', '1001', 'EU#1001']);
    expect(tailOf('shopify:OFF_AMAZON_PURCHASES:5678')).toBe('5678');
    expect(tailOf('T-1001')).toBe('T-1001');
    expect(tailOf('My-shop:LEAD:1')).toBe('My-shop:LEAD:1');
  });
});
