import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REFUSAL_REASONS } from '../../../src/mapping/refusal.js';
import { isSource, mapPayload, SOURCES } from '../../../src/mapping/source.js';
import { contextAt } from '../../support/events.js';

describe('knowing the sources', () => {
  it.each(SOURCES)('%s is one', (source) => {
    expect(isSource(source)).toBe(true);
  });

  it.each(['', 'Shopify', 'constructor', 'toString', '__proto__'])('%j is none', (text) => {
    expect(isSource(text)).toBe(false);
  });
});

describe('mapping from a source that is none', () => {
  it('throws, for callers without a compiler', () => {
    const message = 'source is one of conversion, ga4, order, shopify, woocommerce, stripe, csv';
    expect(() => Reflect.apply(mapPayload, undefined, ['fax', {}, contextAt()])).toThrow(new TypeError(message));
  });
});

describe('documenting the sources', () => {
  const page = readFileSync('docs/sources.md', 'utf8');

  it.each(SOURCES)('%s has a chapter of its own', (source) => {
    expect(page).toContain(`\n## \`${source}\`\n`);
  });

  it.each(REFUSAL_REASONS)('the reason %s is in the table', (reason) => {
    expect(page).toMatch(new RegExp(`^\\| .*\`${reason}\``, 'm'));
  });
});
