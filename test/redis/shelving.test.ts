// Real: Redis and BullMQ; letters are stored by the function that the worker's settling uses.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LetterFilter } from '../../src/dead-letters/filter.js';
import type { DeadLetter } from '../../src/dead-letters/letter.js';
import { SHELVES_MAX } from '../../src/dead-letters/shelf.js';
import { statsOf } from '../../src/dead-letters/stats.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { eventOf, NOW_MS } from '../support/events.js';
import { layLetters, letterWith } from '../support/letters.js';
import { World } from '../support/world.js';

let world: World;
let store: LetterStore;
beforeEach(async () => {
  world = await World.open();
  store = new LetterStore(world.account, world.connection);
});
afterEach(() => world.close());

function lay(letters: Iterable<DeadLetter>): Promise<void> {
  return layLetters(world.account, world.connection, letters);
}

/** Letters of two causes in turn, each a millisecond after the last. */
function* twoCauses(count: number): Generator<DeadLetter> {
  for (let number = 0; number < count; number += 1) {
    const isEven = number % 2 === 0;
    yield letterWith({
      id: `${number}-0-a`,
      event: eventOf(`order-${number}`, isEven ? {} : { eventType: 'LEAD' }),
      reason: isEven ? 'rejected' : 'forbidden',
      diedAt: NOW_MS + number,
    });
  }
}

async function pages(filter: LetterFilter, limit: number): Promise<string[][]> {
  const found: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await store.page(filter, { limit, ...(cursor && { cursor }) });
    found.push(page.letters.map(({ id }) => id));
    cursor = page.next;
  } while (cursor);
  return found;
}

describe('listing letters page by page', () => {
  it('shows every letter once, the newest first over all causes', async () => {
    await lay(twoCauses(25));
    const found = await pages({}, 10);
    expect(found.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(found.flat()).toEqual(Array.from({ length: 25 }, (_, place) => `${24 - place}-0-a`));
  });

  it('by filter and by text, which is looked for in any case', async () => {
    await lay(twoCauses(30));
    expect((await pages({ eventTypes: ['LEAD'] }, 7)).map((page) => page.length)).toEqual([7, 7, 1]);
    expect((await pages({ text: 'ORDER-2' }, 50)).flat()).toHaveLength(11);
    expect((await pages({ sinceMs: NOW_MS + 10, untilMs: NOW_MS + 12 }, 50)).flat()).toEqual([
      '12-0-a',
      '11-0-a',
      '10-0-a',
    ]);
    expect(await store.count({ text: 'order-2', reasons: ['rejected'] })).toBe(6);
  });

  it('of one millisecond, more than are read at once', async () => {
    await lay(Array.from({ length: 700 }, (_, number) => letterWith({ id: `${number}-0-a`, diedAt: NOW_MS })));
    const found = (await pages({}, 150)).flat();
    expect(found).toHaveLength(700);
    expect(new Set(found).size).toBe(700);
    const oldestFirst: string[] = [];
    for await (const { id } of store.find({})) oldestFirst.push(id);
    expect(oldestFirst).toEqual(found.toReversed());
  });

  it('goes on where a page ended although its letters are gone by then', async () => {
    await lay(twoCauses(10));
    const { letters: first, next } = await store.page({}, { limit: 4 });
    for (const { id } of first) await world.connection.del(store.keys.letter + id);
    const { letters: rest } = await store.page({}, { limit: 10, ...(next && { cursor: next }) });
    expect(rest.map(({ id }) => id)).toEqual(['5-0-a', '4-0-a', '3-0-a', '2-0-a', '1-0-a', '0-0-a']);
    // The next read removes from the list what another program deleted.
    await store.page({}, { limit: 10 });
    expect(await store.count({})).toBe(6);
  });
});

describe('grouping letters by cause', () => {
  it('counts without reading them, and tells oldest, newest and a sample', async () => {
    await lay(twoCauses(9));
    expect(await statsOf(store, {})).toMatchObject([
      { reason: 'rejected', count: 5, oldestMs: NOW_MS, newestMs: NOW_MS + 8, sample: '8-0-a' },
      { reason: 'forbidden', count: 4, oldestMs: NOW_MS + 1, newestMs: NOW_MS + 7, sample: '7-0-a' },
    ]);
    expect(await store.counts()).toMatchObject({ rejected: 5, forbidden: 4, expired: 0 });
    expect(await store.oldest()).toBe(NOW_MS);
  });

  it('tells those that are maybe delivered apart, in the same cause', async () => {
    await lay([letterWith({ id: 'a' }), letterWith({ id: 'b', isMaybeDelivered: true })]);
    expect(await statsOf(store, {})).toMatchObject([{ count: 2, maybeDelivered: 1 }]);
  });

  it('bounds the number of causes: a message that never reads the same twice is filed under "other"', async () => {
    const word = (number: number) => Array.from(String(number), (digit) => 'abcdefghij'[Number(digit)]).join('');
    await lay(
      Array.from({ length: SHELVES_MAX + 20 }, (_, number) =>
        letterWith({ id: `${number}-0-a`, diedAt: NOW_MS + number, answer: { message: `customer ${word(number)}` } }),
      ),
    );
    const causes = await statsOf(store, {});
    expect(causes.length).toBe(SHELVES_MAX + 1);
    expect(causes[0]).toMatchObject({ pattern: '(other messages)', count: 20 });
    expect((await pages({ text: `customer ${word(SHELVES_MAX + 5)}` }, 5)).flat()).toEqual([`${SHELVES_MAX + 5}-0-a`]);
  });

  it('writes a letter once, however often its settling is repeated', async () => {
    await lay(twoCauses(4));
    await lay(twoCauses(4));
    expect(await store.count({})).toBe(4);
    expect((await pages({}, 10)).flat()).toHaveLength(4);
  });
});
