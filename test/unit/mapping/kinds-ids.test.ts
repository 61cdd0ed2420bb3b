// Kinds of fault in ids: field-cases.json has one or two cases of each, here are their siblings in every source.
import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/mapping/source.js';
import { conversionPayload } from '../../support/events.js';
import { csv, eventOf, messagesOf, order, reasonOf, shopify, stripe, woo } from '../../support/field-payloads.js';

const IDS: readonly (readonly [Source, (id: unknown) => unknown])[] = [
  ['conversion', (id) => conversionPayload({ clientDedupeId: id })],
  ['order', (id) => order({ id })],
  ['csv', (id) => csv({ clientDedupeId: id })],
  ['shopify', (id) => shopify({ id })],
  ['woocommerce', (id) => woo({ id })],
  ['stripe', (id) => stripe({ 'data.object.id': id })],
];

describe.each(IDS)('the id of %s', (source, withId) => {
  it.each([
    '6.50441E+12',
    '6,5E+12',
    '1.5e21',
    '6504412479776.0',
    '1001,0',
    'nan',
    'NaN',
    'None',
    'NULL',
    'undefined',
    '(not set)',
    '#N/A',
    '#REF!',
    '#NAME?',
    '########',
    '{{order_id}}',
  ])('is refused where it is %s', (id) => {
    expect(reasonOf(source, withId(id))).toBe('invalid');
    expect(messagesOf(source, withId(id))).toMatch(/spreadsheet|placeholder/);
  });

  it('is refused where its bytes were no UTF-8', () => {
    const latin1 = Buffer.from('Bestellung-Köln-7', 'latin1').toString('utf8');
    expect(reasonOf(source, withId(latin1))).toBe('invalid');
    expect(messagesOf(source, withId(latin1))).toContain('not UTF-8');
  });

  it.each(['1001', 'A-17', '#1001', 'WC.2026.7', '12E5', 'None-7', 'nan01'])('may be %s', (id) => {
    expect(reasonOf(source, withId(id))).toBe('accepted');
  });

  it('is taken out of a spreadsheet’s guard', () => {
    const plain = eventOf(source, withId('1001')).clientDedupeId;
    expect(eventOf(source, withId('="1001"')).clientDedupeId).toBe(plain);
    expect(eventOf(source, withId("'1001")).clientDedupeId).toBe(plain);
  });
});

describe('ids by setting', () => {
  it.each([
    ['shopify', shopify({ name: '#1001', order_number: 1001, checkout_token: 'tok' }), { shopify: 'name' }, '#1001'],
    ['shopify', shopify({ order_number: 1001 }), { shopify: 'order_number' }, '1001'],
    ['shopify', shopify({ checkout_token: 'tok' }), { shopify: 'checkout_token' }, 'tok'],
    ['shopify', shopify({ checkout_token: null }), { shopify: 'checkout_token' }, /^shopify:OFF_AMAZON_PURCHASES:\d+$/],
    ['woocommerce', woo({ number: '727-A' }), { woocommerce: 'number' }, '727-A'],
    ['woocommerce', woo({ order_key: 'wc_order_x' }), { woocommerce: 'order_key' }, 'wc_order_x'],
    ['stripe', stripe({ 'data.object.client_reference_id': 'o-7' }), { stripe: 'client_reference_id' }, 'o-7'],
    ['stripe', stripe({ 'data.object.payment_intent': 'pi_7' }), { stripe: 'payment_intent' }, 'pi_7'],
    ['stripe', stripe(), { stripe: 'id' }, /^stripe:OFF_AMAZON_PURCHASES:cs_live/],
  ] as const)('of %s stand bare', (source, payload, dedupeIds, id) => {
    const found = eventOf(source, payload, { dedupeIds }).clientDedupeId;
    if (typeof id === 'string') expect(found).toBe(id);
    else expect(found).toMatch(id);
  });

  it('are refused where they were destroyed', () => {
    expect(reasonOf('shopify', shopify({ name: '#REF!' }), { dedupeIds: { shopify: 'name' } })).toBe('invalid');
  });
});
