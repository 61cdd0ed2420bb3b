// Real: the built console as a process, Redis, and Debian's chromium in front of it. Every action as a person does it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { previewOf } from '../../src/console/wire-preview.js';
import { ConsoleProgram, OPERATOR, VIEWER } from '../support/console-program.js';
import { EMAIL_DIGEST, eventOf, idsFrom } from '../support/events.js';
import { run } from '../support/program.js';
import { until } from '../support/world.js';

/** The browser's clock is moved forward, so that no test waits for a poll. */
const POLLS_OF_A_LIST_MS = 5_000;

let console: ConsoleProgram;

beforeAll(async () => {
  console = await ConsoleProgram.start();
});

beforeEach(() => console.clear());

afterEach(() => console.watch.expectQuiet());

afterAll(() => console?.stop());

const lettersLeft = async () => (await console.world.letters()).map(({ id }) => id).toSorted();

describe('coming and going', () => {
  it('a wrong token gets an error, a right one opens the requested page, signing out ends the session', async () => {
    await console.lay(['order-a']);
    const page = await console.page();
    await page.goto(`${console.base}/letters/order-a`);
    expect(page.url()).toContain('/sign-in?back=');
    await page.getByLabel('Token').fill('a guess');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'There is no such token.' }).waitFor();
    await page.getByLabel('Token').fill(OPERATOR);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'order-a' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goBack();
    await page.reload();
    expect(page.url()).toContain('/sign-in');
  });

  it('does not start on an address that others reach, without a token', async () => {
    const { code, stderr } = await run(['console'], { CONSOLE_HOST: '0.0.0.0', CONSOLE_PORT: '0' });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'capi-forwarder: settings are wrong:\n  - CONSOLE_HOST: is open to others: set CONSOLE_TOKEN, or listen on 127.0.0.1\n',
    });
  });

  it('does not start with an unknown role, and shows no token', async () => {
    const { code, stderr } = await run(['console'], { CONSOLE_TOKEN: 'a:boss=canary-of-16char', CONSOLE_PORT: '0' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/CONSOLE_TOKEN: line 1: the role is neither viewer nor operator/);
    expect(stderr).not.toContain('canary');
  });

  it('a viewer sees the letters and no way to change them', async () => {
    await console.lay(['order-a']);
    const page = await console.open(`${console.base}/letters`, VIEWER);
    await page.getByRole('link', { name: 'order-a' }).click();
    await page.getByRole('heading', { name: 'What a replay would send' }).waitFor();
    expect(await page.getByRole('link', { name: /Replay|Edit|Discard/ }).count()).toBe(0);
    await page.goto(`${console.base}/replay?id=order-a`);
    await page.getByText('You are signed in as a viewer').waitFor();
    expect(await page.getByRole('button', { name: /Replay/ }).count()).toBe(0);
  });
});

describe('finding letters', () => {
  it('filters are in the address, report their faults, and can be cleared', async () => {
    await console.lay(['order-a', 'order-b']);
    await console.lay(['lead-a'], {
      reason: 'forbidden',
      answer: { status: 403, code: 'ACCESS_DENIED', message: 'no' },
    });
    const page = await console.open(`${console.base}/letters`);
    const names = () => page.locator('.letters tbody th a').allTextContents();
    expect((await names()).toSorted()).toEqual(['lead-a', 'order-a', 'order-b']);

    await page.getByLabel('Text').fill('ORDER-B');
    await page.getByRole('button', { name: 'Apply' }).click();
    expect(page.url()).toContain('text=ORDER-B');
    expect(await names()).toEqual(['order-b']);

    await page.getByRole('link', { name: 'Clear' }).click();
    await page.getByRole('link', { name: /ACCESS_DENIED/ }).click();
    expect(page.url()).toMatch(/cause=[0-9a-f]{12}/);
    expect(await names()).toEqual(['lead-a']);

    await page.getByLabel('Failed since').fill('yesterday');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Invalid filter').waitFor();
    expect(await names()).toEqual([]);
    expect(await page.getByRole('button', { name: 'Replay…' }).count()).toBe(0);
  });

  it('pages go from the newest to the oldest, each letter once', async () => {
    const all = idsFrom('order', 70);
    await console.lay(all);
    const page = await console.open(`${console.base}/letters`);
    const names = () => page.locator('.letters tbody th a').allTextContents();
    const first = await names();
    await page.getByRole('link', { name: 'Older' }).click();
    await page.waitForURL(/cursor=/);
    const second = await names();
    expect([...first, ...second]).toEqual(all);
    expect(await page.getByRole('link', { name: 'Older' }).count()).toBe(0);
  });

  it('a letter is shown whole: the event, the answer, its failures, and the body that a replay would send', async () => {
    const event = eventOf('order-a');
    await console.lay(['order-a'], {
      event,
      original: { ...event, countryCode: 'BR' },
      history: [{ reason: 'expired', diedAt: Date.now() - 90_000, attempts: 0, answer: {} }],
    });
    const page = await console.open(`${console.base}/letters/order-a`);
    await page.getByText('currencyCode is unknown').first().waitFor();
    expect(JSON.parse((await page.locator('#wire ~ pre').textContent()) ?? '')).toEqual(
      JSON.parse(previewOf(event, 'events-manager-v1').compact),
    );
    expect(await page.getByRole('row', { name: /countryCode/ }).textContent()).toBe('countryCode"BR""US"');
    expect(await page.locator('.timeline li').count()).toBe(3);
    await page.getByText('a97d7a45…5203').waitFor();
    await page.getByRole('button', { name: 'Copy the whole digest' }).click();
    await until(async () => expect(await page.evaluate('navigator.clipboard.readText()')).toBe(EMAIL_DIGEST));
  });

  it('new letters come by themselves; what is chosen, where the focus is and what is closed stay', async () => {
    await console.lay(['order-a', 'order-b']);
    await console.lay(['other'], { reason: 'forbidden' });
    const page = await console.open(`${console.base}/letters`);
    await page.evaluate('globalThis.notReloaded = true');
    await page.getByLabel('Choose order-b').check();
    await page.locator('#causes summary').click();
    await page.getByRole('link', { name: 'order-a' }).focus();
    await console.lay(['order-new']);
    await page.clock.runFor(POLLS_OF_A_LIST_MS);
    await page.getByRole('link', { name: 'order-new' }).waitFor();
    expect(await page.getByLabel('Choose order-b').isChecked()).toBe(true);
    expect(await page.locator('#chosen').textContent()).toBe('1 chosen');
    expect(await page.locator('#causes').getAttribute('open')).toBeNull();
    expect(await page.evaluate('document.activeElement.id')).toBe('letter-order-a');
    expect(await page.locator('#status').textContent()).toBe('4 letters');
    expect(await page.evaluate('globalThis.notReloaded')).toBe(true);
  });

  it('paused updates wait until they are wanted again', async () => {
    await console.lay(['order-a']);
    const page = await console.open(`${console.base}/letters`);
    const polls: string[] = [];
    page.on('request', (request) => {
      if (request.headers()['hx-request'] !== undefined) polls.push(request.url());
    });
    const pause = page.getByRole('button', { name: 'Pause updates' });
    await pause.click();
    await console.lay(['order-b']);
    await page.clock.runFor(POLLS_OF_A_LIST_MS);
    await pause.click();
    expect(polls).toEqual([]);
    await page.clock.runFor(POLLS_OF_A_LIST_MS);
    await page.getByRole('link', { name: 'order-b' }).waitFor();
  });

  it('a page whose letter is replayed elsewhere says that it is gone', async () => {
    await console.lay(['order-a']);
    const page = await console.open(`${console.base}/letters/order-a`);
    await page.getByText('Still a dead letter').waitFor();
    const options = ['--id', 'order-a', '--account', console.world.account];
    await run(['dead-letters', 'replay', ...options], console.environment);
    await page.clock.runFor(POLLS_OF_A_LIST_MS);
    await page.getByText('was replayed or discarded').waitFor();
  });
});

describe('editing', () => {
  it('faults are shown at their path and nothing is saved; a valid event is saved beside the original', async () => {
    await console.lay(['order-a']);
    const page = await console.open(`${console.base}/letters/order-a`);
    await page.getByRole('link', { name: 'Edit…' }).click();
    const box = page.getByLabel('Event as JSON');
    const text = await box.inputValue();
    await box.fill(text.replace('"US"', '"Wonderland"'));
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const faults = page.getByRole('alert').filter({ hasText: 'fault' });
    expect(await faults.textContent()).toContain('countryCode is not an ISO 3166-1 alpha-2 country');
    expect(await box.inputValue()).toContain('Wonderland');
    await box.fill('{');
    await page.getByRole('button', { name: 'Check only' }).click();
    expect(await faults.textContent()).toContain('is not JSON: error at line 1, column 2');
    expect((await console.world.letters())[0]?.event?.countryCode).toBe('US');

    await box.fill(text.replace('"US"', '"CA"').replace(EMAIL_DIGEST, 'Test.User@Example.com'));
    await page.getByRole('button', { name: 'Check only' }).click();
    await page.getByText('nothing is saved yet').waitFor();
    expect(await page.locator('.diff tbody tr').allTextContents()).toEqual(['countryCode"US""CA"']);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved.').waitFor();
    const [letter] = await console.world.letters();
    expect(letter).toMatchObject({
      event: { countryCode: 'CA', matchKeys: [{ type: 'EMAIL', values: [EMAIL_DIGEST] }] },
      original: { countryCode: 'US' },
    });
    await page.goto(`${console.base}/history`);
    await page.getByRole('row', { name: /ann.*edit done.*order-a/ }).waitFor();
  });

  it('does not write over what somebody else saved meanwhile', async () => {
    await console.lay(['order-a']);
    const [mine, theirs] = await Promise.all([
      console.open(`${console.base}/letters/order-a/edit`),
      console.open(`${console.base}/letters/order-a/edit`),
    ]);
    for (const [page, country] of [
      [theirs, 'CA'],
      [mine, 'MX'],
    ] as const) {
      const box = page.getByLabel('Event as JSON');
      await box.fill((await box.inputValue()).replace('"US"', `"${country}"`));
      await page.getByRole('button', { name: 'Save', exact: true }).click();
    }
    await mine.getByText('edited by somebody else meanwhile').waitFor();
    expect((await console.world.letters())[0]?.event?.countryCode).toBe('CA');
  });
});

describe('discarding', () => {
  it('requires a reason and the typed count, then discards only the chosen letters', async () => {
    await console.lay(['order-a', 'order-b', 'order-c']);
    const page = await console.open(`${console.base}/letters`);
    await page.getByRole('button', { name: 'Discard…' }).click();
    await page.getByText('Choose letters first').waitFor();
    await page.getByLabel('Choose order-a').check();
    await page.getByLabel('Choose order-c').check();
    await page.getByRole('button', { name: 'Discard…' }).click();
    await page.getByLabel(/Reason for discarding/).fill('orders of our own staff');
    await page.getByLabel('Type 2 to confirm').fill('3');
    await page.getByRole('button', { name: 'Discard 2 letters for good' }).click();
    await page.getByText('The count typed is not the count shown.').waitFor();
    expect(await lettersLeft()).toHaveLength(3);
    await page.getByLabel('Type 2 to confirm').fill('2');
    await page.getByRole('button', { name: 'Discard 2 letters for good' }).click();
    await page.getByRole('row', { name: /discard.*done.*2 of 2.*orders of our own staff/ }).waitFor();
    expect(await lettersLeft()).toEqual(['order-b']);
    expect((await console.world.state()).ledger.discarded).toBe(2);
  });
});
