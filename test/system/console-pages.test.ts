// Real: the built console as a process and Debian's chromium. Every page for people with other needs: with a screen
// reader or poor sight (axe), with the keyboard only, on a narrow phone, and without scripts.
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/browser.js';
import { ConsoleProgram, OPERATOR, signIn } from '../support/console-program.js';
import { DAY_MS, layDays } from '../support/coverage-days.js';
import { twoWeeks } from '../support/coverage-traffic.js';
import { eventOf } from '../support/events.js';
import { layReconciles } from '../support/lay-reconciles.js';
import { run } from '../support/program.js';

const NARROW = { width: 360, height: 740 };

let console: ConsoleProgram;

beforeAll(async () => {
  console = await ConsoleProgram.start();
});

beforeEach(async () => {
  await console.clear();
  await layAll();
});

afterEach(() => console.watch.expectQuiet());

afterAll(() => console?.stop());

/** Letters of several causes, some with everything that a page can show. */
async function layAll(): Promise<void> {
  const event = eventOf('order-a', { consent: { geo: { ipAddress: '203.0.113.77' }, tcf: 'CP'.repeat(60) } });
  const history = [{ reason: 'expired', diedAt: Date.now() - 90_000, attempts: 0, answer: {} }] as const;
  await console.lay(['order-a'], { event, original: { ...event, countryCode: 'BR' }, history, replays: 1 });
  const message = `the field ${'customAttributes_with_a_long_name'.repeat(4)} is not known`;
  await console.lay(['order-b'], { answer: { status: 207, code: 'INVALID_INPUT', message } });
  await console.lay(['order-c'], { reason: 'attempts_exhausted', answer: {}, attempts: 10, isMaybeDelivered: true });
  await console.lay(['broken'], { reason: 'unreadable', event: null, raw: '{', answer: {} });
}

/** Operations and a history: done, and cancelled with letters that stay. */
async function doThings(): Promise<void> {
  const account = ['--account', console.world.account];
  const replay = ['dead-letters', 'replay', '--id', 'order-a', '--set', 'countryCode=nowhere', ...account];
  await run(replay, console.environment);
  await run(
    ['dead-letters', 'discard', '--id', 'order-b', '--because', 'a test of ours', ...account],
    console.environment,
  );
}

describe('every page', () => {
  it.each([
    ['the overview', ''],
    ['the list', 'letters'],
    ['the list with a faulty filter', 'letters?since=yesterday'],
    ['a letter', 'letters/order-a'],
    ['a letter that cannot be read', 'letters/broken'],
    ['a letter that is gone', 'letters/none'],
    ['editing', 'letters/order-a/edit'],
    ['the preview of a replay', 'replay?scope=all'],
    ['the preview of a discard', 'discard?scope=all'],
    ['coverage, with nothing to show', 'coverage'],
    ['reconcile, with nothing to show', 'reconcile'],
    ['what there is not', 'nothing'],
  ])('%s has no serious fault, light or dark, and fits a narrow phone', async (_, part) => {
    const page = await console.open(part === '' ? '/' : `${console.base}/${part}`);
    await expectGood(page);
  });

  it('coverage of two weeks', async () => {
    await layDays(console.world.account, console.world.connection, twoWeeks(Math.floor(Date.now() / DAY_MS) * DAY_MS));
    await expectGood(await console.open(`${console.base}/coverage`));
  });

  it('reconciles of two weeks', async () => {
    await layReconciles(console.world.account, console.world.connection, Date.now());
    const page = await console.open(`${console.base}/reconcile`);
    await page.getByRole('row', { name: /^All 1,002 929 14 0 59 5.9 %$/ }).waitFor();
    await expectGood(page);
  });

  it('finding an order from another page, with the keyboard, and from there its dead letter', async () => {
    const page = await console.open(`${console.base}/coverage`);
    await page.getByRole('searchbox', { name: 'Order or event id' }).fill('order-b');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'order-b' }).waitFor();
    await expectGood(page);
    await page.getByRole('link', { name: 'Open it' }).click();
    await page.waitForURL(`**${console.base}/letters/order-b`);
    const nothing = await console.open('/find?id=none');
    await nothing.getByText('Nothing is known of none.').first().waitFor();
    await expectGood(nothing);
  });

  it('operations and history', async () => {
    await doThings();
    for (const part of ['operations', 'history']) await expectGood(await console.open(`${console.base}/${part}`));
  });

  it('signing in, also after a wrong token', async () => {
    const page = await console.page();
    await page.goto('/sign-in');
    await expectGood(page);
    await signIn(page, 'a guess');
    await page.getByText('There is no such token.').waitFor();
    await expectGood(page);
  });

  it('editing with faults, and with what would change', async () => {
    const page = await console.open(`${console.base}/letters/order-a/edit`);
    const box = page.getByLabel('Event as JSON');
    const text = await box.inputValue();
    await box.fill(text.replace('"US"', '"Wonderland"'));
    await page.getByRole('button', { name: 'Check only' }).click();
    await page.getByText('1 fault').first().waitFor();
    await expectGood(page);
    await box.fill(text.replace('"US"', '"CA"'));
    await page.getByRole('button', { name: 'Check only' }).click();
    await page.getByText('nothing is saved yet').waitFor();
    await expectGood(page);
  });

  async function expectGood(page: Page): Promise<void> {
    console.watch.expectQuiet();
    expect(await seriousFaults(page)).toEqual([]);
    await page.setViewportSize(NARROW);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(NARROW.width);
    const title = await page.title();
    expect(title).toMatch(/\w+ · CAPI forwarder$/);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
  }
});

it('the colours are the reader’s to choose, and stay chosen', async () => {
  const page = await console.open('/');
  const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await ground();
  await page.getByRole('button', { name: /Colours as the system/ }).click();
  await page.getByRole('button', { name: /Colours dark/ }).waitFor();
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.goto(`${console.base}/letters`);
  expect(await ground()).toBe(dark);
});

it('the keyboard alone is enough: from the skip link to a replay that runs', async () => {
  const page = await console.open(`${console.base}/letters`);
  const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.textContent.trim()');
  const tabTo = async (wanted: string) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      if ((await focused()) === wanted) return;
    }
    throw new Error(`the Tab key does not come to ${wanted}`);
  };
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Skip to content');
  expect(await page.getByRole('link', { name: 'Skip to content' }).isVisible()).toBe(true);
  await page.keyboard.press('Enter');
  expect(await focused()).toBe('main');
  await tabTo('choose-order-b');
  expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  await page.keyboard.press('Space');
  await tabTo('to-replay');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Replay 1 dead letter' }).waitFor();
  await tabTo('Replay 1 letter');
  await page.keyboard.press('Enter');
  await page.getByRole('row', { name: /replay.*done.*1 of 1/ }).waitFor();
});

it('without scripts everything still works: signing in, filtering, editing, replaying, discarding, signing out', async () => {
  const page = await console.page({ javaScriptEnabled: false });
  await page.goto(`${console.base}/letters?reason=rejected`);
  await signIn(page, OPERATOR);
  await page.getByLabel('Choose order-b').check();
  await page.getByRole('button', { name: 'Discard…' }).click();
  await page.getByLabel(/Reason for discarding/).fill('tried without scripts');
  await page.getByLabel('Type 1 to confirm').fill('1');
  await page.getByRole('button', { name: 'Discard 1 letter for good' }).click();
  await page.getByRole('heading', { name: 'Operations' }).waitFor();

  await page.goto(`${console.base}/letters/order-a/edit`);
  const box = page.getByLabel('Event as JSON');
  await box.fill((await box.inputValue()).replace('"US"', '"CA"'));
  await page.getByRole('button', { name: 'Save and replay' }).click();
  await page.getByRole('heading', { name: 'Replay 1 dead letter' }).waitFor();
  await page.getByRole('button', { name: 'Replay 1 letter' }).click();
  await page.getByRole('heading', { name: 'Operations' }).waitFor();
  // Polls would show the end. Here a person reloads.
  while ((await page.getByRole('row', { name: /done/ }).count()) < 2) await page.reload();
  expect((await console.world.letters()).map(({ id }) => id).toSorted()).toEqual(['broken', 'order-c']);
  expect(await page.locator('.js-only:visible').count()).toBe(0);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});
