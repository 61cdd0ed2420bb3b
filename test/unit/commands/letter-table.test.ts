import { describe, expect, it } from 'vitest';
import { letterTable } from '../../../src/commands/dead-letters/letter-table.js';
import { eventOf, NOW_MS } from '../../support/events.js';
import { letterWith } from '../../support/letters.js';

const widest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length));

describe('the table of letters', () => {
  it('says by its dedupe id which order a letter is', () => {
    const letter = letterWith({ id: '17-0-a1b2c3d4', event: eventOf('shopify:OFF_AMAZON_PURCHASES:5001234567890') });
    const text = letterTable([letter, letterWith({ event: null })], NOW_MS);
    expect(text).toContain('shopify:OFF_AMAZON_PURCHASES:5001234567890');
    expect(text).toMatch(/7-0-abc\s+│ - /);
  });

  it('leaves out the middle of a long id, and no row has more than 120 columns', () => {
    const letter = letterWith({
      id: '1234567-249-a1b2c3d4',
      reason: 'attempts_exhausted',
      event: eventOf(`shop-${'x'.repeat(200)}-5001234567890`),
      answer: { code: 'SOME_CODE_OF_AMAZON_THAT_IS_LONG' },
      isMaybeDelivered: true,
    });
    const text = letterTable([letter], NOW_MS + 30 * 86_400_000);
    expect(text).toMatch(/ shop-x+…\d{10} /);
    expect(text).toContain('1234567-249-a1b2c3d4');
    expect(widest(text)).toBe(120);
  });

  it('shows the ends of an id where the rest of a row leaves no room', () => {
    const text = letterTable(
      [letterWith({ id: 'i'.repeat(100), event: eventOf(`shop-${'x'.repeat(50)}-1001`) })],
      NOW_MS,
    );
    expect(text).toMatch(/ shop-xxxx…xxxxx-1001 /);
  });
});
