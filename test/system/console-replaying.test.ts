// Real: the built console as a process, Redis, and Debian's chromium in front of it. Every action as a person does it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConsoleProgram } from '../support/console-program.js';
import { eventOf, idsFrom } from '../support/events.js';
import { until } from '../support/world.js';

let console: ConsoleProgram;

beforeAll(async () => {
  console = await ConsoleProgram.start();
});

beforeEach(() => console.clear());

afterEach(() => console.watch.expectQuiet());

afterAll(() => console?.stop());

const lettersLeft = async () => (await console.world.letters()).map(({ id }) => id).toSorted();

describe('replaying', () => {
  it('all that match, corrected on the way: previewed, sent, delivered, and told in the history', async () => {
    await console.world.startWorker();
    await console.lay(idsFrom('order', 5), { event: eventOf('order-x', { currencyCode: 'BRL' }) });
    await console.lay(['lead-1'], { event: eventOf('lead-1', { eventType: 'LEAD', currencyCode: undefined }) });
    await console.lay(['kept'], { reason: 'forbidden' });
    const page = await console.open(`${console.base}/letters?reason=rejected`);
    await page.getByLabel('all 6 that match').check();
    await page.getByRole('button', { name: 'Replay…' }).click();
    await page.getByRole('heading', { name: 'Replay 6 dead letters' }).waitFor();
    await page.getByLabel(/path=value/).fill('currencyCode=USD');
    await page.getByRole('button', { name: 'Preview again' }).click();
    await page.getByRole('row', { name: /currencyCode "BRL" "USD"/ }).waitFor();
    await page.getByText('lead-1 stays: currencyCode belongs to OFF_AMAZON_PURCHASES only').waitFor();
    await page.getByLabel(/Letters per second/).fill('');
    await page.getByRole('button', { name: 'Replay 5 letters' }).click();
    await page.getByRole('row', { name: /replay.*done.*5 of 6/ }).waitFor();
    expect(await lettersLeft()).toEqual(['kept', 'lead-1']);
    // One id five times: sent once.
    await until(() => expect(console.world.countedIds()).toEqual(['order-x']));
    await page.goto(`${console.base}/history`);
    await page
      .getByRole('row', { name: /ann.*replay started.*reason rejected.*with currencyCode=USD.*6 meant/ })
      .waitFor();
    await page.getByRole('row', { name: /ann.*replay done.*5 sent back.*1 stay/ }).waitFor();
  });

  it('an operation shows what became of each event, and each number leads to those events', async () => {
    const { faults } = console.world.sandbox;
    faults.add({ kind: 'item_error', fields: { currencyCode: '^BRL$' }, code: 'INVALID_INPUT', message: 'BRL is off' });
    await console.world.stopWorkers();
    await console.lay(['good-1', 'good-2']);
    await console.lay(['brazil-1'], { event: eventOf('brazil-1', { currencyCode: 'BRL' }) });
    const page = await console.open(`${console.base}/replay?scope=all`);
    await page.getByLabel(/At most/).fill('1');
    await page.getByRole('button', { name: 'Replay 1 letter', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Preview again' }).click();
    await page.getByRole('button', { name: 'Replay 1 letter', exact: true }).waitFor();
    await page.getByLabel(/At most/).fill('');
    await page.getByRole('button', { name: 'Replay 3 letters' }).click();
    await page.getByRole('link', { name: '3 in flight' }).waitFor();
    await console.world.startWorker();
    const row = page.getByRole('row', { name: /replay.*done.*3 of 3/ });
    await row.getByRole('link', { name: '1 failed again' }).waitFor();
    await row.getByRole('link', { name: '2 delivered' }).click();
    await page.getByText('good-2').waitFor();
    expect(await page.getByText('brazil-1').count()).toBe(0);
    await page.goBack();
    await page.getByRole('link', { name: '1 failed again' }).click();
    await page.getByRole('link', { name: 'brazil-1' }).click();
    const steps = page.locator('.timeline li');
    expect((await steps.allInnerTexts()).map((text) => text.split(' ')[0])).toEqual([
      'Enqueued',
      'rejected',
      'Replayed',
      'rejected',
    ]);
    await page.getByText(/Replayed .* by ann/).waitFor();
    faults.clear();
  });

  it('shows its progress, is cancelled, and goes on where it stopped', async () => {
    // Ten seconds, so that there is time to cancel it on a busy machine too.
    await console.lay(idsFrom('order', 40));
    const page = await console.open(`${console.base}/replay?scope=all`);
    await page.getByLabel(/Letters per second/).fill('4');
    await page.getByRole('button', { name: 'Replay 40 letters' }).click();
    const progress = page.getByRole('progressbar');
    const shown = async () => Number(await progress.getAttribute('value'));
    const first = await shown();
    await until(async () => expect(await shown()).toBeGreaterThan(first + 2));
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    const left = (await lettersLeft()).length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(40);
    await page.getByRole('row', { name: new RegExp(`cancelled.*by ann.*${40 - left} of 40`) }).waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('row', { name: /replay.*done.*40 of 40/ }).waitFor();
    expect(await lettersLeft()).toEqual([]);
    expect((await console.world.state()).ledger.replayed).toBe(40);
  });

  it('another may run beside a slow one', async () => {
    await console.lay(idsFrom('order', 100));
    const page = await console.open(`${console.base}/replay?scope=all`);
    await page.getByLabel(/Letters per second/).fill('2');
    await page.getByRole('button', { name: 'Replay 100 letters' }).click();
    await page.getByRole('progressbar').waitFor();
    await page.goto(`${console.base}/discard?id=order-0`);
    await page.getByText('Another operation of this account is under way').waitFor();
    await page.getByLabel(/Reason for discarding/).fill('a test order');
    await page.getByLabel('Type 1 to confirm').fill('1');
    await page.getByRole('button', { name: 'Discard 1 letter for good' }).click();
    await page.getByRole('row', { name: /discard.*done.*1 of 1/ }).waitFor();
    expect((await console.world.state()).ledger.discarded).toBe(1);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
  });

  it('a console that is killed in the middle leaves an interrupted replay, which another resumes; none is lost', async () => {
    await console.lay(idsFrom('order', 40));
    const page = await console.open(`${console.base}/replay?scope=all`);
    await page.getByLabel(/Letters per second/).fill('4');
    await page.getByRole('button', { name: 'Replay 40 letters' }).click();
    await page.getByRole('progressbar').waitFor();
    await until(async () => expect((await console.world.state()).ledger.replayed).toBeGreaterThan(4));
    await page.goto('about:blank');
    await console.restart('SIGKILL');
    const again = await console.open(`${console.base}/operations`);
    await again.getByRole('row', { name: /replay.*interrupted/ }).waitFor();
    await again.getByRole('button', { name: 'Resume' }).click();
    await again.getByRole('row', { name: /replay.*done.*40 of 40/ }).waitFor();
    const { ledger } = await console.world.state();
    expect({ left: await lettersLeft(), replayed: ledger.replayed }).toEqual({ left: [], replayed: 40 });
  });
});
