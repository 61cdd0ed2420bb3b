// Real: Redis and the console's server over HTTP. Markup in every place where a shop, Amazon or a person can write
// text.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tellHistory } from '../../src/dead-letters/history.js';
import { ConsoleDoor, type Visitor } from '../support/console-door.js';
import { eventOf } from '../support/events.js';
import { layLetters, letterWith } from '../support/letters.js';
import { World } from '../support/world.js';

const MARKUP = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`;
const OPERATOR = 'operator-token-1';

let world: World;
let door: ConsoleDoor;
let visitor: Visitor;

beforeEach(async () => {
  world = new World();
  door = await ConsoleDoor.openWith(world, [`ann=${OPERATOR}`]);
  visitor = door.visitor();
  await visitor.signIn(OPERATOR);
  const { account } = world;
  const event = {
    ...eventOf(`order-${MARKUP}`),
    name: MARKUP,
    countryCode: MARKUP,
    eventActionSource: MARKUP as 'WEBSITE',
    consent: { tcf: MARKUP, gpp: MARKUP },
    customAttributes: [{ name: MARKUP, value: MARKUP }],
  };
  const answer = { status: 400, code: MARKUP, message: MARKUP, requestId: MARKUP };
  const history = [{ reason: 'rejected', diedAt: 1, attempts: 1, answer }] as const;
  await layLetters(account, world.connection, [
    letterWith({ account, event, original: eventOf('order-1'), answer, history, source: MARKUP }),
  ]);
  await tellHistory(world.connection, account, { by: MARKUP, via: 'command', kind: 'edit', done: 1, letter: MARKUP });
});

afterEach(async () => {
  await door.close();
  await world.close();
});

it('shows markup as text on every page, whoever wrote it', async () => {
  const base = `/accounts/${door.account}`;
  const query = `text=${encodeURIComponent(MARKUP)}&since=${encodeURIComponent(MARKUP)}&reason=${encodeURIComponent(MARKUP)}`;
  const pages = [
    '/',
    `${base}/letters`,
    `${base}/letters?${query}`,
    `${base}/letters/7-0-abc`,
    `${base}/letters/7-0-abc/edit`,
    `${base}/letters/${encodeURIComponent(MARKUP)}`,
    `${base}/replay?id=7-0-abc`,
    `${base}/discard?id=7-0-abc`,
    `${base}/operations`,
    `${base}/history`,
    `/nowhere?${query}`,
    `/sign-in?back=${encodeURIComponent(MARKUP)}`,
  ];
  let shown = 0;
  for (const path of pages) {
    const { text } = await visitor.get(path);
    expect(text, path).not.toContain('<script>');
    expect(text, path).not.toContain('<img src=x');
    shown += text.includes('&lt;script>') ? 1 : 0;
  }
  expect(shown).toBeGreaterThan(4);
});

it('shows what was typed into a form as text', async () => {
  const base = `/accounts/${door.account}`;
  await visitor.get(`${base}/letters/7-0-abc/edit`);
  const forms = [
    await visitor.post(`${base}/letters/7-0-abc/edit`, { event: MARKUP, version: MARKUP }),
    await visitor.post(`${base}/replay`, { id: '7-0-abc', set: MARKUP, rate: MARKUP, max: MARKUP }),
    await visitor.post(`${base}/discard`, { id: '7-0-abc', because: MARKUP, confirm: MARKUP, count: '1' }),
  ];
  for (const { text } of forms) {
    expect(text).not.toContain('<script>');
    expect(text).not.toContain('<img src=x');
  }
});
