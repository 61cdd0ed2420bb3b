// Real: every part of a delivery, Redis, undici, the sandbox over HTTP. The test takes the jobs itself, without BullMQ.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idsFrom } from '../support/events.js';
import { gateRecord, openGate } from '../support/flights.js';
import { batchOf, leftOf, WorkerOptions } from '../support/worker-options.js';
import { metricOf, until, World } from '../support/world.js';

let world: World;
let options: WorkerOptions;
beforeEach(async () => {
  world = await World.open();
  options = await WorkerOptions.open(world);
});
afterEach(() => options.close());

const ledger = async () => (await world.state()).ledger;
const gateNow = async () => (await world.state()).gate;
const measured = async (name: string, labels: Record<string, string> = {}) =>
  metricOf(options.metrics, name, { account: world.account, ...labels });

async function sumOf(name: string): Promise<number | undefined> {
  const values = (await options.metrics.registry.getSingleMetric(name)?.get())?.values ?? [];
  return values.find((value) => 'metricName' in value && value.metricName === `${name}_sum`)?.value;
}

describe('delivering a batch', () => {
  it('claims, authorizes, sends and settles it', async () => {
    const { run, events } = await options.take(['a', 'b']);
    await options.openDelivery().delivery.deliverBatch(batchOf(events), 'tag-1');
    expect(await run.done).toBe('running');
    expect(world.countedIds()).toEqual(['a', 'b']);
    expect(await ledger()).toMatchObject({ enqueued: 2, delivered: 2 });
    expect(await measured('capi_window_claims_total', { result: 'claimed' })).toBe(2);
    expect(world.sandbox.stats).toMatchObject({ requests: 1, tokenRequests: 1 });
  });

  it('measures it', async () => {
    const batch = batchOf((await options.take(['a', 'b'])).events);
    await options.openDelivery().delivery.deliverBatch(batch, 'tag-1');
    expect(await measured('capi_batches_total', { closed_by: 'linger' })).toBe(1);
    expect(await sumOf('capi_batch_events')).toBe(2);
    expect(await sumOf('capi_batch_bytes')).toBe(batch.bytes);
    expect(await sumOf('capi_batch_linger_seconds')).toBe(1.5);
  });

  it('makes one request after the other until each event has its outcome', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 413, times: 1 });
    const { run, events } = await options.take(idsFrom('id', 4));
    await options.openDelivery().delivery.deliverBatch(batchOf(events), 'tag-1');
    expect(await run.done).toBe('running');
    expect(world.sandbox.stats.requests).toBe(3);
    expect(await ledger()).toMatchObject({ delivered: 4 });
  });
});

describe('authorizing', () => {
  it('renews a token that is refused, and sends the same events once more', async () => {
    const { delivery, tokens } = options.openDelivery();
    await tokens.get();
    world.sandbox.tokens.expireAll();
    await delivery.deliverBatch(batchOf((await options.take(['a'])).events), 'tag-1');
    expect(world.sandbox.stats).toMatchObject({ requests: 2, tokenRequests: 2 });
    expect(await ledger()).toMatchObject({ delivered: 1 });
    expect(await gateNow()).toBeUndefined();
  });

  it('holds the account where a fresh token is refused too, and keeps neither', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 401 });
    const { events } = await options.take(['a']);
    const { delivery, tokens } = options.openDelivery();
    const delivered = delivery.deliverBatch(batchOf(events), 'tag-1');
    await until(async () => expect(await gateNow()).toMatchObject({ reason: 'unauthorized' }));
    expect(world.sandbox.stats).toMatchObject({ requests: 2, tokenRequests: 2 });
    expect(tokens.cached).toBeUndefined();
    options.stop.abort();
    await delivered;
    expect(await leftOf(options)).toMatchObject([{ event: { clientDedupeId: 'a' } }]);
  });

  it('holds the account at once where the token cannot be renewed', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 401 });
    const { events } = await options.take(['a']);
    const { delivery } = options.openDelivery({
      credentials: { kind: 'api_token', readToken: () => 'amzn_ads|1' },
      wire: 'ads-api-v1',
    });
    const delivered = delivery.deliverBatch(batchOf(events), 'tag-1');
    await until(async () => expect(await gateNow()).toMatchObject({ reason: 'unauthorized' }));
    expect(world.sandbox.stats.requests).toBe(1);
    options.stop.abort();
    await delivered;
  });

  it('renews it once more for a later request of the batch', async () => {
    for (const status of [401, 413, 401]) world.sandbox.faults.add({ kind: 'status', status, times: 1 });
    const { events } = await options.take(['a', 'b']);
    await options.openDelivery().delivery.deliverBatch(batchOf(events), 'tag-1');
    expect(world.sandbox.stats).toMatchObject({ requests: 5, tokenRequests: 3 });
    expect(await ledger()).toMatchObject({ delivered: 2 });
    expect(await gateNow()).toBeUndefined();
  });

  it('holds the account whose credentials are refused, and sends nothing', async () => {
    world.sandbox.faults.add({ kind: 'credentials', error: 'invalid_grant' });
    const { events } = await options.take(['a']);
    const delivered = options.openDelivery().delivery.deliverBatch(batchOf(events), 'tag-1');
    await until(async () =>
      expect(await gateNow()).toMatchObject({ reason: 'credentials_refused', detail: 'invalid_grant' }),
    );
    options.stop.abort();
    await delivered;
    expect(world.sandbox.stats.requests).toBe(0);
    expect(await leftOf(options)).toHaveLength(1);
  });

  it('tries a token endpoint again that is away, without a hold', async () => {
    world.sandbox.faults.add({ kind: 'token_status', status: 503, times: 2 });
    const { events } = await options.take(['a']);
    await options.openDelivery().delivery.deliverBatch(batchOf(events), 'tag-1');
    expect(world.sandbox.stats).toMatchObject({ requests: 1, tokenRequests: 3 });
    expect(await gateNow()).toBeUndefined();
  });
});

describe('delivering at a stop', () => {
  it('still sends a batch that was gathered', async () => {
    const { events } = await options.take(['a']);
    options.stop.abort();
    await options.openDelivery().delivery.deliverBatch(batchOf(events), 'tag-1');
    expect(world.countedIds()).toEqual(['a']);
  });

  it('gives back what is left of one that was sent', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 413, times: 1 });
    const { run, events } = await options.take(['a', 'b']);
    options.stop.abort();
    await options.openDelivery().delivery.deliverBatch(batchOf(events), 'tag-1');
    expect(await run.done).toBe('running');
    expect(world.sandbox.stats.requests).toBe(1);
    expect(await leftOf(options)).toHaveLength(2);
    expect(run.left).toEqual({ count: 2, delayMs: 0 });
  });

  it('gives back what waits for a token', async () => {
    world.sandbox.faults.add({ kind: 'token_status', status: 503 });
    const { events } = await options.take(['a']);
    const delivered = options.openDelivery().delivery.deliverBatch(batchOf(events), 'tag-1');
    await until(() => expect(world.sandbox.stats.tokenRequests).toBeGreaterThanOrEqual(2));
    options.stop.abort();
    await delivered;
    expect(await leftOf(options)).toHaveLength(1);
  });

  it('gives back what waits before the gate', async () => {
    const { events } = await options.take(['a']);
    await options.gate.close('throttled', 60_000, '429');
    const delivered = options.openDelivery().delivery.deliverBatch(batchOf(events), 'tag-1');
    options.stop.abort();
    await delivered;
    expect(world.sandbox.stats.requests).toBe(0);
    expect(await leftOf(options)).toHaveLength(1);
  });

  it('leaves the probe of an outage to another worker', async () => {
    await openGate(world).close('unavailable', undefined, '503');
    await world.connection.hset(options.keys.gate, 'until', 1);
    world.sandbox.faults.add({ kind: 'token_status', status: 503 });
    const { events } = await options.take(['a']);
    const delivered = options.openDelivery().delivery.deliverBatch(batchOf(events), 'tag-1');
    await until(() => expect(world.sandbox.stats.tokenRequests).toBeGreaterThanOrEqual(1));
    options.stop.abort();
    await delivered;
    expect(await gateRecord(world)).toMatchObject({ until: '1', reason: 'unavailable' });
  });
});
