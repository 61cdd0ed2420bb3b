// Real: Redis, BullMQ, undici, the sandbox over HTTP. Nothing is mocked.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventOf, idsFrom } from '../support/events.js';
import { metricOf, until, World } from '../support/world.js';

let world: World;
afterEach(() => world.close());

const eventsOf = (ids: readonly string[]) => ids.map((id) => eventOf(id));

describe('delivering', () => {
  beforeEach(async () => {
    world = await World.open();
  });

  it('sends each event once, in full batches, and leaves no job behind', async () => {
    await world.close();
    world = await World.open({ BATCH_LINGER_MS: '3000' });
    const ids = idsFrom('id', 1200);
    await world.enqueue(eventsOf(ids));
    await world.startWorker();
    await world.untilSettled({ enqueued: 1200, delivered: 1200 });
    expect(world.countedIds().toSorted()).toEqual(ids.toSorted());
    expect(world.sandbox.stats).toMatchObject({ requests: 3, mostEvents: 500, tokenRequests: 1 });
    expect(world.sandbox.received.list().some(({ hasPlaintext }) => hasPlaintext)).toBe(false);
  });

  it('gathers jobs of one event into batches as well', async () => {
    await world.close();
    world = await World.open({ BATCH_LINGER_MS: '1500' });
    await world.withQueue((queue) =>
      queue.addBulk(
        idsFrom('single', 300).map((id) => ({
          name: 'conversions',
          data: { v: 1, events: [{ event: eventOf(id), source: 'conversion', enqueuedAt: Date.now() }] },
        })),
      ),
    );
    await world.startWorker();
    await world.untilSettled({ enqueued: 300, delivered: 300 });
    // One request if the machine is fast enough to take all jobs within the linger.
    expect(world.sandbox.stats.requests).toBeLessThan(10);
  });

  it('counts what it settles, what it sends and how long it took', async () => {
    await world.enqueue(eventsOf(['a', 'b']));
    const { metrics } = await world.startWorker();
    await world.untilSettled({ delivered: 2 });
    const { account } = world;
    expect(await metricOf(metrics, 'capi_events_settled_total', { account, outcome: 'delivered' })).toBe(2);
    expect(await metricOf(metrics, 'capi_requests_total', { account, status: '207' })).toBe(1);
    expect(await metricOf(metrics, 'capi_batches_total', { account, closed_by: 'linger' })).toBe(1);
    expect(await metricOf(metrics, 'capi_window_claims_total', { account, result: 'claimed' })).toBe(2);
    expect(await metricOf(metrics, 'capi_token_refreshes_total', { account, result: 'ok' })).toBe(1);
    const attempts = world.logLines.filter((line) => line.includes('"batch.attempted"'));
    expect(attempts).toHaveLength(1);
    expect(JSON.parse(attempts[0] ?? '')).toMatchObject({
      account,
      events: 2,
      closedBy: 'linger',
      status: 207,
      outcomes: { delivered: 2 },
    });
  });
});

describe('delivering what Amazon refuses or answers badly', () => {
  beforeEach(async () => {
    world = await World.open();
  });

  it('settles a 207 event by event: delivered, rejected, forbidden, tried again', async () => {
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT', message: 'no such thing' });
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'not-mine', code: 'FORBIDDEN', status: 403 });
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'later', code: 'INTERNAL_ERROR', status: 500, times: 2 });
    await world.enqueue(eventsOf(['good-1', 'bad-1', 'not-mine-1', 'later-1', 'good-2']));
    const { metrics } = await world.startWorker();
    await world.untilSettled({ delivered: 3, dead_lettered: 2 });
    expect(world.countedIds().toSorted()).toEqual(['good-1', 'good-2', 'later-1']);
    const letters = await world.letters();
    expect(letters.map(({ reason, event }) => `${event?.clientDedupeId} ${reason}`).toSorted()).toEqual([
      'bad-1 rejected',
      'not-mine-1 forbidden',
    ]);
    expect(letters.find(({ reason }) => reason === 'rejected')).toMatchObject({
      account: world.account,
      answer: { code: 'INVALID_INPUT', message: 'no such thing', status: 400 },
      attempts: 1,
      replays: 0,
      isMaybeDelivered: false,
      source: 'conversion',
    });
    const { account } = world;
    expect(await metricOf(metrics, 'capi_event_retries_total', { account, reason: 'item_error' })).toBe(2);
    expect(
      await metricOf(metrics, 'capi_dead_lettered_total', {
        account,
        reason: 'rejected',
        event_type: 'OFF_AMAZON_PURCHASES',
      }),
    ).toBe(1);
  });

  it('tries an event again that the answer names nowhere, and does not take it for delivered', async () => {
    world.sandbox.faults.add({ kind: 'omit_items', count: 2, times: 1 });
    await world.enqueue(eventsOf(idsFrom('id', 6)));
    await world.startWorker();
    await world.untilSettled({ delivered: 6 });
    // The sandbox had accepted the two. Sent again under the same id with the same bytes, they count once.
    const received = world.sandbox.received.list();
    expect(received.filter((entry) => entry.received === 2)).toHaveLength(2);
    expect(received.every(({ counted, isSameContent }) => counted === 1 && isSameContent)).toBe(true);
  });

  it.each(['<html>Maintenance</html>', '{"code":"INTERNAL_ERROR"}', '{"error":{"message":"try later"}}'])(
    'delivers nothing by a 200 of %s, and sends again',
    async (body) => {
      world.sandbox.faults.add({ kind: 'status', status: 200, body, times: 2 });
      await world.enqueue(eventsOf(['a', 'b']));
      const { metrics } = await world.startWorker();
      await world.untilSettled({ delivered: 2 });
      // A single batch that fails twice is probed in halves.
      expect(world.sandbox.stats.statuses).toEqual({ '200': 2, '207': 2 });
      expect(await metricOf(metrics, 'capi_unknown_answers_total', { account: world.account })).toBe(2);
    },
  );

  it('finds 3 poisoned events in 500 that are answered by a bare 400, in far fewer than 500 requests', async () => {
    world.sandbox.faults.add({ kind: 'poison', idHolds: 'poison' });
    const ids = idsFrom('id', 500).map((id, place) => ([17, 250, 251].includes(place) ? `poison-${place}` : id));
    await world.enqueue(eventsOf(ids));
    await world.startWorker();
    await world.untilSettled({ delivered: 497, dead_lettered: 3 });
    expect(world.sandbox.stats.requests).toBeLessThan(60);
    const letters = await world.letters();
    expect(letters.map(({ event }) => String(event?.clientDedupeId)).toSorted()).toEqual([
      'poison-17',
      'poison-250',
      'poison-251',
    ]);
    expect(letters.every(({ reason, answer }) => reason === 'rejected' && answer.status === 400)).toBe(true);
  });

  it('gives up a batch of which 31 requests were refused and nothing delivered', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 400 });
    await world.enqueue(eventsOf(idsFrom('id', 500)));
    await world.startWorker();
    await world.untilSettled({ dead_lettered: 500 });
    expect(world.sandbox.stats.requests).toBe(31);
    expect(new Set((await world.letters()).map(({ reason }) => reason))).toEqual(new Set(['rejected_batch']));
  });

  it('dead-letters a whole batch that is answered by 403', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 403, times: 1 });
    await world.enqueue(eventsOf(idsFrom('id', 20)));
    await world.startWorker();
    await world.untilSettled({ dead_lettered: 20 });
    const letters = await world.letters();
    expect(letters).toHaveLength(20);
    expect(letters.every(({ reason, answer }) => reason === 'forbidden' && answer.code === 'FORBIDDEN')).toBe(true);
    expect(letters[0]?.answer.requestId).toMatch(/^sandbox-/);
  });

  it('halves a batch that is too large, and dead-letters one event that is too large alone', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 413, times: 2 });
    await world.enqueue(eventsOf(['a', 'b']));
    await world.startWorker();
    await world.untilSettled({ delivered: 1, dead_lettered: 1 });
    expect(await world.letters()).toMatchObject([{ reason: 'too_large', answer: { status: 413 } }]);
  });

  it.each([500, 503, 408])('tries again after %i, without an attempt spent, until Amazon accepts', async (status) => {
    world.sandbox.faults.add({ kind: 'status', status, times: 2 });
    await world.enqueue(eventsOf(['a']));
    const { metrics } = await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    expect(world.sandbox.stats.requests).toBe(3);
    expect(
      await metricOf(metrics, 'capi_event_retries_total', { account: world.account, reason: 'server_error' }),
    ).toBe(0);
  });

  it('gives up a suspect after RETRY_MAX_ATTEMPTS and says how often and since when it tried', async () => {
    await world.close();
    world = await World.open({ RETRY_MAX_ATTEMPTS: '3' });
    world.sandbox.faults.add({ kind: 'status', status: 500 });
    await world.enqueue(eventsOf(['a']), { isSuspect: true });
    await world.startWorker();
    await world.untilSettled({ dead_lettered: 1 });
    const [letter] = await world.letters();
    expect(letter).toMatchObject({
      reason: 'attempts_exhausted',
      attempts: 3,
      answer: { status: 500 },
      isMaybeDelivered: false,
    });
    expect(letter?.firstAttemptAt).toBeLessThan(letter?.diedAt ?? 0);
    expect(world.sandbox.stats.requests).toBe(3);
  });

  it('sends again after a lost answer, as maybe delivered, and Amazon counts it once', async () => {
    world.sandbox.faults.add({ kind: 'lose_answer', times: 1 });
    await world.enqueue(eventsOf(['a']));
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    expect(world.sandbox.received.list()).toMatchObject([{ id: 'a', received: 2, counted: 1, isSameContent: true }]);
  });

  it('sends again after half an answer, and the sandbox tells which request lost it', async () => {
    world.sandbox.faults.add({ kind: 'half_answer', times: 1 });
    await world.enqueue(eventsOf(['a']));
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    expect(world.sandbox.received.list()).toMatchObject([{ received: 2, counted: 1, isSameContent: true }]);
    await until(() =>
      expect(world.sandbox.requests.list()).toMatchObject([
        { requestId: 'sandbox-1', client: 'client', accepted: ['a'], isAnswered: false },
        { requestId: 'sandbox-2', client: 'client', accepted: ['a'], isAnswered: true },
      ]),
    );
  });

  it('reads an answer that comes bit by bit, as long as it comes in time', async () => {
    world.sandbox.faults.add({ kind: 'slow_answer', ms: 300, times: 1 });
    await world.enqueue(eventsOf(['a', 'b']));
    await world.startWorker();
    await world.untilSettled({ delivered: 2 });
    const seen = { accepted: ['a', 'b'], omitted: [], isAnswered: true };
    await until(() => expect(world.sandbox.requests.list()).toMatchObject([seen]));
  });

  it('marks a dead letter as maybe delivered where a timeout came after the body had left', async () => {
    await world.close();
    world = await World.open({ RETRY_MAX_ATTEMPTS: '1', REQUEST_TIMEOUT_MS: '150' });
    world.sandbox.faults.add({ kind: 'latency', ms: 1_000, times: 1 });
    await world.enqueue(eventsOf(['slow']), { isSuspect: true });
    await world.startWorker();
    await world.untilSettled({ dead_lettered: 1 });
    expect(await world.letters()).toMatchObject([{ reason: 'attempts_exhausted', isMaybeDelivered: true }]);
  });

  it('does not say maybe delivered where no connection came about', async () => {
    await world.close();
    world = await World.open({ RETRY_MAX_ATTEMPTS: '1' });
    await world.enqueue(eventsOf(['unreached']), { isSuspect: true });
    await world.startWorker({ endpoint: 'http://127.0.0.1:1' });
    await world.untilSettled({ dead_lettered: 1 });
    expect(await world.letters()).toMatchObject([
      { reason: 'attempts_exhausted', isMaybeDelivered: false, answer: { code: 'ECONNREFUSED' } },
    ]);
  });

  it('an event past its age becomes a dead letter, not a request', async () => {
    const old = eventOf('old', { timestamp: new Date(Date.now() - 169 * 3_600_000).toISOString() });
    await world.enqueue([old, eventOf('new')]);
    await world.startWorker();
    await world.untilSettled({ delivered: 1, dead_lettered: 1 });
    expect(await world.letters()).toMatchObject([{ reason: 'expired', attempts: 0, event: { clientDedupeId: 'old' } }]);
    expect(world.countedIds()).toEqual(['new']);
  });

  it('works on the other wire', async () => {
    await world.close();
    world = await World.open({ AMAZON_ADS_WIRE: 'ads-api-v1' });
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'BAD_REQUEST' });
    await world.enqueue([eventOf('a'), eventOf('bad'), eventOf('app', { eventActionSource: 'APP_IOS' })]);
    await world.startWorker();
    await world.untilSettled({ delivered: 2, dead_lettered: 1 });
    expect(world.countedIds().toSorted()).toEqual(['a', 'app']);
    expect(world.sandbox.received.list('987654321')).toHaveLength(2);
    await until(() => expect(world.sandbox.stats.requests).toBe(1));
  });

  it.each([
    ['events-manager-v1', '', ['expired']],
    // Amazon's own limit applies, whatever the setting says.
    ['events-manager-v1', '504', ['rejected']],
    ['ads-api-v1', '', []],
    ['ads-api-v1', '168', ['expired']],
  ])('an event of 12 days on %s, MAX_EVENT_AGE_HOURS "%s", dies of %j', async (wire, hours, reasons) => {
    await world.close();
    world = await World.open({ AMAZON_ADS_WIRE: wire, MAX_EVENT_AGE_HOURS: hours });
    await world.enqueue([eventOf('old', { timestamp: new Date(Date.now() - 12 * 24 * 3_600_000).toISOString() })]);
    await world.startWorker();
    await world.untilSettled({ delivered: 1 - reasons.length, dead_lettered: reasons.length });
    expect((await world.letters()).map(({ reason }) => reason)).toEqual(reasons);
  });

  it('normalises the raw keys of a job that is not ours by the rules of its wire', async () => {
    await world.close();
    world = await World.open({ AMAZON_ADS_WIRE: 'ads-api-v1' });
    const event = eventOf('raw', { matchKeys: [{ type: 'LAST_NAME', values: ['Müller'] }] });
    await world.withQueue((queue) => queue.add('foreign', { v: 1, events: [{ event }] }));
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'raw', code: 'BAD_REQUEST' });
    await world.startWorker();
    await world.untilSettled({ dead_lettered: 1 });
    const [letter] = await world.letters();
    expect(letter?.event?.matchKeys).toEqual([{ type: 'LAST_NAME', values: [sha256('mueller')] }]);
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
