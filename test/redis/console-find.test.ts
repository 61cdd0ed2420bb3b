// Real: Redis, the worker, the sandbox as Amazon, the console's server over HTTP.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTokens } from '../../src/console/tokens.js';
import { ConsoleDoor } from '../support/console-door.js';
import { eventOf } from '../support/events.js';
import { World } from '../support/world.js';

let world: World;
let door: ConsoleDoor;
beforeEach(async () => {
  world = await World.open();
  door = await ConsoleDoor.open(world);
});
afterEach(async () => {
  await door.close();
  await world.close();
});

/** The visible text of a page, with a space between parts. */
const wordsOf = (text: string) =>
  text
    .replace(/^.*<main/s, '<main')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

async function find(id: string): Promise<string> {
  const { status, text } = await door.visitor().get(`/find?id=${encodeURIComponent(id)}`);
  expect(status).toBe(200);
  return text;
}

describe('finding an event in the console', () => {
  it('says that it was delivered, when, and in which request', async () => {
    await world.enqueue([eventOf('shopify:OFF_AMAZON_PURCHASES:1001')], { source: 'shopify' });
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    const words = wordsOf(await find(' #1001 '));
    expect(words).toMatch(/State delivered Delivered (just now|\d+ s ago) Amazon’s request sandbox-\d+/);
    expect(words).toMatch(/Delivered \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC request sandbox-/);
  });

  it('links to the dead letter, with the reason', async () => {
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
    await world.enqueue([eventOf('bad')]);
    await world.startWorker();
    await world.untilSettled({ dead_lettered: 1 });
    const text = await find('bad');
    expect(wordsOf(text)).toMatch(/State dead letter rejected .* Dead letter .* rejected: INVALID_INPUT/);
    const link = /href="(\/accounts\/[^"]+\/letters\/[^"]+)"/.exec(text)?.[1] ?? '';
    const letter = await door.visitor().get(link);
    expect(letter).toMatchObject({ status: 200, text: expect.stringContaining('INVALID_INPUT') });
  });

  it('shows a waiting event as queued, and an unknown id as unknown', async () => {
    await world.enqueue([eventOf('waiting')]);
    expect(wordsOf(await find('waiting'))).toContain('State queued');
    expect(wordsOf(await find('<b>none</b>'))).toContain('Nothing is known of &lt;b>none');
  });

  it('is in reach of every page for who is signed in, a viewer too, and of nobody else', async () => {
    await door.close();
    door = await ConsoleDoor.open(world, { tokens: () => readTokens('tess:viewer=a-token-of-tess-1234') });
    const visitor = door.visitor();
    expect(await visitor.get('/find?id=1')).toMatchObject({ status: 303 });
    expect((await visitor.get('/sign-in')).text).not.toContain('role="search"');
    await visitor.signIn('a-token-of-tess-1234');
    for (const path of ['/', `/accounts/${world.account}/letters`, '/nowhere']) {
      expect((await visitor.get(path)).text, path).toContain('role="search"');
    }
    const { status, text } = await visitor.get('/find?id=1');
    expect({ status, words: wordsOf(text) }).toMatchObject({
      status: 200,
      words: expect.stringContaining('Nothing is'),
    });
    // The field keeps the query. A page without a query shows no result.
    expect(text).toContain('value="1"');
    expect(wordsOf((await visitor.get('/find')).text)).not.toContain('Nothing is');
  });
});
