import { describe, expect, it } from 'vitest';
import { judgeSources } from '../../../src/checks/judge-sources.js';
import type { DedupeIdFields } from '../../../src/mapping/context.js';
import type { Source } from '../../../src/mapping/source.js';
import { readSetUps } from '../../support/set-ups.js';

const judge = (sources: readonly Source[], ids: DedupeIdFields = {}) => judgeSources('shop', new Set(sources), ids);
const levels = (sources: readonly Source[], ids: DedupeIdFields = {}) => judge(sources, ids).map(({ level }) => level);

describe('judging sources that bring purchases', () => {
  it.each<[Source[]]>([
    [[]],
    [['ga4']],
    [['shopify']],
    [['conversion', 'csv', 'shopify']],
    [['shopify', 'woocommerce']],
  ])('says nothing of %j', (sources) => {
    expect(judge(sources)).toEqual([]);
  });

  it('warns of GA4 beside a webhook, and says which setting makes their ids equal', () => {
    expect(judge(['shopify', 'ga4'], { shopify: 'id', ga4: 'transaction_id' })).toEqual([
      {
        name: 'sources shop',
        level: 'warn',
        found:
          'Google Analytics 4 and Shopify bring purchases under ids that cannot be equal: an order in both counts twice',
        advice:
          'set DEDUPE_ID_SHOPIFY to the field that is transaction_id on the page, or send each order by one of them only (docs/browser-tag.md)',
      },
    ]);
  });

  it('does not warn once the setting is there', () => {
    expect(levels(['ga4', 'shopify'], { shopify: 'name' })).toEqual(['ok']);
    expect(levels(['ga4', 'woocommerce'], { woocommerce: 'number' })).toEqual(['ok']);
    expect(levels(['ga4', 'stripe'], { stripe: 'payment_intent', ga4: 'event_id' })).toEqual(['ok']);
  });

  it('names each setting that is missing, of each pair', () => {
    expect(judge(['stripe', 'woocommerce'])[0]?.advice).toContain(
      'set DEDUPE_ID_WOOCOMMERCE and DEDUPE_ID_STRIPE to fields that hold the same id',
    );
    expect(judge(['stripe', 'woocommerce'], { stripe: 'client_reference_id' })[0]?.advice).toMatch(
      /^set DEDUPE_ID_WOOCOMMERCE to/,
    );
    expect(levels(['ga4', 'shopify', 'stripe'], { shopify: 'name' })).toEqual(['ok', 'warn', 'warn']);
  });

  it('knows no setting for plain orders', () => {
    expect(judge(['order', 'shopify'], { shopify: 'name' })).toMatchObject([
      { level: 'warn', advice: 'send each order by one of them only (docs/browser-tag.md)' },
    ]);
  });

  it('does not warn of a set-up of docs/browser-tag.md that counts once', () => {
    const pairs = readSetUps().filter(({ sources, counted }) => sources.length > 1 && counted === 1);
    expect(pairs.length).toBeGreaterThanOrEqual(4);
    for (const { row, sources, settings } of pairs) {
      const ids = Object.fromEntries(sources.map((source) => [source, settings[`DEDUPE_ID_${source.toUpperCase()}`]]));
      expect(levels(sources, ids), row).not.toContain('warn');
    }
  });
});
