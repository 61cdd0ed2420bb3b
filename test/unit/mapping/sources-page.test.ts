// The tables of docs/sources.md are what the sources' field tables say. To write them anew: npm run sources.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SOURCES } from '../../../src/mapping/source.js';
import { CONVERSION } from '../../../src/mapping/sources/conversion.js';
import { CSV } from '../../../src/mapping/sources/csv.js';
import { GA4 } from '../../../src/mapping/sources/ga4.js';
import { ORDER } from '../../../src/mapping/sources/order.js';
import { SHOPIFY } from '../../../src/mapping/sources/shopify.js';
import { STRIPE } from '../../../src/mapping/sources/stripe.js';
import { WOOCOMMERCE } from '../../../src/mapping/sources/woocommerce.js';
import { withTables } from '../../support/source-tables.js';

const PAGE = fileURLToPath(new URL('../../../docs/sources.md', import.meta.url));
const TABLES = [CONVERSION, GA4, ORDER, SHOPIFY, WOOCOMMERCE, STRIPE, CSV];

describe('the page of the sources', () => {
  const page = readFileSync(PAGE, 'utf8');

  it('has a table for every source', () => {
    expect(TABLES.map(({ source }) => source)).toEqual(SOURCES);
    for (const source of SOURCES) expect(page).toContain(`<!-- fields of ${source} -->`);
    for (const { source, refusals } of TABLES) {
      expect(page.includes(`<!-- refusals of ${source} -->`), source).toBe(refusals.length > 0);
    }
  });

  it('says what the field tables say', async () => {
    await expect(withTables(page, TABLES)).toMatchFileSnapshot(PAGE);
  });
});
