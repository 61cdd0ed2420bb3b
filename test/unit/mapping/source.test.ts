import { describe, expect, it } from 'vitest';
import { isSource, SOURCES } from '../../../src/mapping/source.js';

describe('knowing the sources', () => {
  it.each(SOURCES)('%s is one', (source) => {
    expect(isSource(source)).toBe(true);
  });

  it.each(['', 'Shopify', 'constructor', 'toString', '__proto__'])('%j is none', (text) => {
    expect(isSource(text)).toBe(false);
  });
});
