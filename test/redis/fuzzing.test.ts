// Real: Redis, the intake over HTTP, the worker with BullMQ, undici and the sandbox. Bodies and jobs with random
// content, most of them almost valid.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { balanceOf, countQueuedEvents } from '../../src/queue/balance.js';
import { CONVERSIONS_QUEUE, prefixOf } from '../../src/queue/queue.js';
import { type Answer, Door, SECRETS } from '../support/door.js';
import { conversionPayload, eventOf, queued } from '../support/events.js';
import { mutationsOf } from '../support/mutations.js';
import { payloadOf } from '../support/source-payloads.js';
import { until, World } from '../support/world.js';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 150);

let world: World;
beforeEach(async () => {
  world = await World.open({ RETRY_MAX_ATTEMPTS: '2' });
});
afterEach(() => world.close());

const sumOf = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function eventsCountedAlready(text: string): number {
  try {
    const job = JSON.parse(text) as { v?: unknown; isCounted?: unknown; events?: unknown } | null;
    return job?.v === 1 && job.isCounted === true && Array.isArray(job.events) ? job.events.length : 0;
  } catch {
    // Not JSON: it becomes a letter, counted when it is written.
    return 0;
  }
}

describe('taking anything over HTTP', () => {
  let door: Door;
  beforeEach(async () => {
    door = await Door.open(world);
  });
  afterEach(() => door.close());

  const good = () => conversionPayload({ timestamp: new Date().toISOString() });
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.json().map((text) => Buffer.from(text)),
    mutationsOf([good(), good()]).map((payload) => Buffer.from(JSON.stringify(payload) ?? '')),
  );
  const types = fc.constantFrom('application/json', 'application/x-ndjson', 'application/json; charset=utf-16');
  const sources = fc.constantFrom('', '&source=conversion', '&source=ga4', '&source=csv', '&source=shopify', '&x=1');

  /** The allowed answers of the intake to any body. What it accepts is in Redis. */
  function judge(answer: Answer, accepted: number[]): void {
    expect([200, 202, 400, 401, 413, 415, 422]).toContain(answer.status);
    accepted.push(answer.accepted ?? 0);
  }

  const enqueued = async () => (await world.state()).ledger.enqueued;
  it('answers every body, and counts as accepted just what is in Redis', async () => {
    const accepted: number[] = [];
    await fc.assert(
      fc.asyncProperty(bodies, types, sources, async (body, type, source) => {
        judge(await door.post(Buffer.from(body), { 'Content-Type': type }, source), accepted);
      }),
      { numRuns: RUNS },
    );
    expect(await enqueued()).toBe(sumOf(accepted));
    expect(await door.post(JSON.stringify(good()))).toMatchObject({ status: 202, accepted: 1 });
  });

  it('answers every webhook that is signed, whatever it holds', async () => {
    const accepted: number[] = [];
    const payloads = fc.oneof(
      fc.json(),
      mutationsOf(payloadOf('shopify', 'de-guest-paid')).map((payload) => JSON.stringify(payload) ?? ''),
      fc.string({ unit: 'binary', maxLength: 200 }),
    );
    await fc.assert(
      fc.asyncProperty(payloads, fc.boolean(), async (body, isSigned) => {
        const digest = createHmac('sha256', SECRETS.shopify).update(body).digest('base64');
        const headers = {
          'Content-Type': 'application/json',
          'X-Shopify-Hmac-Sha256': isSigned ? digest : digest.slice(1),
          'X-Shopify-Topic': 'orders/create',
        };
        const answer = await door.send(`/v1/webhooks/shopify?account=${world.account}`, body, headers);
        if (!isSigned) expect(answer.status).toBe(401);
        judge(answer, accepted);
      }),
      { numRuns: RUNS },
    );
    expect(await enqueued()).toBe(sumOf(accepted));
  });
});

describe('working off jobs of any content', () => {
  // As our producers wrote them, as other programs did, and as earlier or later versions may.
  const own = { v: 1, isCounted: true, events: [queued(eventOf('own-1'), { attempts: 1 })] };
  const foreign = { v: 1, events: [{ event: eventOf('foreign-1'), source: 'conversion' }, { event: eventOf('x') }] };
  const later = { v: 2, events: [{ payload: eventOf('later-1'), trace: 'abc' }], compressed: false };
  const jobs = fc.oneof(
    mutationsOf(own).map((job) => JSON.stringify(job)),
    mutationsOf(foreign).map((job) => JSON.stringify(job)),
    mutationsOf(later).map((job) => JSON.stringify(job)),
    fc.json(),
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.nat(200).map((length) => JSON.stringify(foreign).slice(0, length)),
  );

  it('gives every event of theirs an end, and leaves none in BullMQ’s failed set', async () => {
    const [sample] = fc.sample(fc.array(jobs, { minLength: RUNS, maxLength: RUNS }), { numRuns: 1, seed: 20_261_123 });
    const texts = (sample ?? []).map((text) => text ?? 'null');
    await world.withQueue(async (queue) => {
      for (const text of texts) {
        const job = await queue.add('conversions', {});
        await world.connection.hset(`${prefixOf(world.account)}:${CONVERSIONS_QUEUE}:${job.id}`, 'data', text);
      }
    });
    await world.startWorker();
    await until(async () => {
      const { jobs: states } = await world.state();
      expect(states).toEqual({ waiting: 0, active: 0, delayed: 0, prioritized: 0, failed: 0 });
    }, 25_000);
    const { ledger } = await world.state();
    const { difference, queued: left } = balanceOf(ledger, await countQueuedEvents(world.account, world.connection));
    // Jobs that claim to be in the ledger but were written by no producer: they end without having been accepted.
    expect({ difference, left }).toEqual({ difference: -sumOf(texts.map(eventsCountedAlready)), left: 0 });
    expect(ledger.delivered + ledger.dead_lettered + ledger.duplicate).toBeGreaterThan(RUNS / 2);
    const { deadLetters } = await world.state();
    expect(deadLetters.unreadable).toBeGreaterThan(RUNS / 4);
    await world.enqueue([eventOf('afterwards')]);
    await until(() => expect(world.countedIds()).toContain('afterwards'));
  });
});
