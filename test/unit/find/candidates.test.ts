import { describe, expect, it } from 'vitest';
import { candidatesOf, formsOf } from '../../../src/find/candidates.js';
import { deriveDedupeId } from '../../../src/mapping/dedupe-id.js';

describe('the dedupe ids that an id may stand for', () => {
  it.each([
    ['1001', ['1001', '#1001']],
    ['#1001', ['#1001', '1001']],
    [' 1001 ', ['1001', '#1001']],
    ['', []],
    ['#', []],
  ])('a leading # of %j is tried both ways', (id, forms) => {
    expect(formsOf(id)).toEqual(forms);
  });

  it('are the id as it is sent, and what each source makes of it', () => {
    expect(candidatesOf('1001')).toEqual(
      expect.arrayContaining([
        '1001',
        'shopify:OFF_AMAZON_PURCHASES:1001',
        'woocommerce:OFF_AMAZON_PURCHASES:1001',
        'stripe:OFF_AMAZON_PURCHASES:1001',
        'order:SUBSCRIBE:1001',
        'ga4:LEAD:1001',
      ]),
    );
    expect(candidatesOf('1001')).not.toContain('ga4:OFF_AMAZON_PURCHASES:1001');
  });

  it('are of one source where it is named', () => {
    expect(candidatesOf('#1001', 'shopify')).toEqual([
      '#1001',
      deriveDedupeId('shopify', 'OFF_AMAZON_PURCHASES', '#1001'),
      '1001',
      'shopify:OFF_AMAZON_PURCHASES:1001',
    ]);
    expect(candidatesOf('1001', 'csv')).toEqual(['1001', '#1001']);
  });
});
