// Real: Redis, BullMQ, undici. Simulated: Amazon, by a local HTTP server that refuses whole requests.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectAccountStates } from '../../src/queue/account-state.js';
import { eventOf, idsFrom } from '../support/events.js';
import { PlainAmazon } from '../support/plain-amazon.js';
import { metricOf, until, World } from '../support/world.js';

let world: World;
let amazon: PlainAmazon;
beforeEach(async () => {
  amazon = await PlainAmazon.open();
  // Long enough for full batches.
  world = await World.open({ BATCH_LINGER_MS: '500' });
});
afterEach(async () => {
  await world.close();
  await amazon.close();
});

const enqueue = (ids: readonly string[]) => world.enqueue(ids.map((id) => eventOf(id)));
const startWorker = () => world.startWorker(amazon.addresses);
const gateReason = async () => (await world.state()).gate?.reason;
const deadLetters = async () => (await world.state()).ledger.dead_lettered;

describe('refusing whole batches, as for a wrong setting', () => {
  it.each([
    [403, 'forbidden'],
    [400, 'rejected'],
  ] as const)(
    'by %i: three batches die, then the account is held as %s until the answers change',
    async (status, reason) => {
      amazon.answer = () => ({ status });
      await enqueue(idsFrom('id', 5_000));
      const { metrics } = await startWorker();
      await startWorker();
      await until(async () => expect(await gateReason()).toBe(reason));
      const held = amazon.requests.length;
      await until(() => expect(amazon.requests.length).toBeGreaterThan(held + 8));
      expect(amazon.requests.length).toBeLessThan(300);
      // Events in flight when the account was held come first. Then one event probes, another one each time.
      const later = amazon.requests.slice(held).map(({ ids }) => ids);
      const probes = later.slice(later.findIndex((ids) => ids.length === 1));
      expect(later.length - probes.length).toBeLessThanOrEqual(8);
      expect(probes.every((ids) => ids.length === 1)).toBe(true);
      expect(probes.every(([id], place) => id !== probes[place - 1]?.[0])).toBe(true);
      expect(await deadLetters()).toBe(1_500);
      await collectAccountStates({ ...world.watched(metrics), metrics });
      expect(await metricOf(metrics, 'capi_account_held', { account: world.account, reason })).toBe(1);
      amazon.answer = () => undefined;
      await world.untilSettled({ delivered: 3_500, dead_lettered: 1_500 });
      expect(new Set(amazon.delivered).size).toBe(3_500);
      expect(await gateReason()).toBeUndefined();
      const reasons = new Set((await world.letters()).map((letter) => letter.reason));
      expect([...reasons]).toEqual([status === 403 ? 'forbidden' : 'rejected_batch']);
    },
  );

  it('counts them over all workers, and from the start where a batch gets through between', async () => {
    amazon.answer = ([id = '']) => (id.startsWith('bad') ? { status: 403 } : undefined);
    const workers = [await startWorker(), await startWorker()];
    for (const round of ['a', 'b']) {
      for (const [place, bad] of [`bad-${round}1`, `bad-${round}2`].entries()) {
        await enqueue([bad]);
        await until(async () => expect(await deadLetters()).toBe((round === 'a' ? 1 : 3) + place));
      }
      await enqueue([`good-${round}`]);
      await until(() => expect(amazon.delivered).toContain(`good-${round}`));
      await until(async () => expect(await world.connection.exists(`{capi:${world.account}}:gate`)).toBe(0));
    }
    expect(workers).toHaveLength(2);
    for (const [place, bad] of ['bad-c1', 'bad-c2', 'bad-c3'].entries()) {
      await enqueue([bad]);
      await until(async () => expect(await deadLetters()).toBe(5 + place));
    }
    expect(await gateReason()).toBe('forbidden');
  });

  it('as items of a 207 that are all forbidden, holds the account too', async () => {
    amazon.answer = (ids) => {
      const error = ids.map((_, index) => ({ index, errors: [{ code: 'FORBIDDEN' }] }));
      return { status: 207, body: JSON.stringify({ success: [], error }) };
    };
    await enqueue(idsFrom('id', 2_500));
    await startWorker();
    await until(async () => expect(await gateReason()).toBe('forbidden'));
    expect(await deadLetters()).toBeLessThanOrEqual(1_500);
    amazon.answer = () => undefined;
    await world.untilSettled({ delivered: 1_000, dead_lettered: 1_500 });
  });

  it('never holds it for batches of which a part is delivered', async () => {
    amazon.answer = (ids) => (ids.some((id) => id.startsWith('bad')) ? { status: 400 } : undefined);
    await enqueue(idsFrom('id', 3_000).map((id, place) => (place % 250 === 17 ? `bad-${place}` : id)));
    await startWorker();
    await world.untilSettled({ delivered: 2_988, dead_lettered: 12 });
    expect((await world.letters()).every(({ reason }) => reason === 'rejected')).toBe(true);
    expect(world.logLines.filter((line) => line.includes('account.held'))).toEqual([]);
  });

  it('ends a hold though every batch has an event that is refused', async () => {
    amazon.answer = () => ({ status: 400 });
    await enqueue(idsFrom('id', 4_000).map((id, place) => (place % 500 === 0 ? `bad-${place}` : id)));
    await startWorker();
    await until(async () => expect(await gateReason()).toBe('rejected'));
    amazon.answer = (ids) => (ids.some((id) => id.startsWith('bad')) ? { status: 400 } : undefined);
    await world.untilSettled({ delivered: 2_495, dead_lettered: 1_505 });
  });

  it('stops and starts while it is held: nothing is lost, and no dead letter is added', async () => {
    amazon.answer = () => ({ status: 403 });
    await enqueue(idsFrom('id', 2_500));
    const { worker } = await startWorker();
    await until(async () => expect(await gateReason()).toBe('forbidden'));
    await worker.stop();
    const { worker: second } = await startWorker();
    const before = amazon.requests.length;
    await until(() => expect(amazon.requests.length).toBeGreaterThan(before + 3));
    await second.stop();
    expect((await world.state()).ledger).toMatchObject({ dead_lettered: 1_500, delivered: 0 });
    expect((await world.state()).queuedEvents).toBe(1_000);
  });

  it.each([
    ['halved', 400],
    ['searched for an event at fault', 500],
  ])('a stop while a batch is being %s gives the rest back at once', async (_what, status) => {
    amazon.answer = (ids) =>
      ids.some((id) => id.startsWith('bad')) ? { status, afterMs: 200 } : { status: 207, afterMs: 200 };
    await enqueue(idsFrom('id', 400).map((id, place) => (place % 50 === 7 ? `bad-${place}` : id)));
    const { worker } = await startWorker();
    await until(() => expect(amazon.requests.length).toBeGreaterThan(3));
    const before = amazon.requests.length;
    expect(await worker.stop()).toBe(true);
    expect(amazon.requests.length).toBeLessThanOrEqual(before + 1);
    const { jobs, queuedEvents } = await world.state();
    expect(jobs).toMatchObject({ active: 0, failed: 0 });
    expect(queuedEvents).toBeGreaterThan(0);
  });
});
