// Real: Redis, the intake's mapping, worker, sandbox. Plants personal data and secrets, then searches everywhere.
import { expect, it } from 'vitest';
import { createProducer } from '../../src/index.js';
import { prefixOf } from '../../src/queue/queue.js';
import { eventOf } from '../support/events.js';
import { asAdministrator } from '../support/guard.js';
import { World } from '../support/world.js';

const CANARIES = [
  'canary.person@example.com',
  '+1 415 555 2671',
  '4155552671',
  'Canaryfirst',
  'Canarylast',
  '17 Canary Street',
  'Canaryville',
  '203.0.113.77',
];
const SECRETS = ['lwa-secret-canary', 'lwa-refresh-canary', 'Atza|'];

async function everythingInRedis(world: World): Promise<string> {
  const parts: string[] = [];
  await asAdministrator(async (redis) => {
    for (const key of await redis.keys(`${prefixOf(world.account)}*`)) {
      parts.push(key, String(await redis.dumpBuffer(key)));
      if ((await redis.type(key)) === 'hash') parts.push(JSON.stringify(await redis.hgetall(key)));
    }
  });
  return parts.join('\n');
}

it('no plaintext personal data and no secret in Redis, logs, metrics or letters, whatever happens', async () => {
  const world = await World.open({ RETRY_MAX_ATTEMPTS: '2' });
  const producer = createProducer({ redisUrl: world.settings.REDIS_URL, account: world.account });
  const order = (id: string) => ({
    id,
    createdAt: new Date().toISOString(),
    total: '5',
    currency: 'USD',
    country: 'US',
    channel: 'web' as const,
    consent: { geo: { ipAddress: CANARIES[7] ?? '' }, amazonConsent: { amznUserData: 'GRANTED' as const } },
    customer: {
      email: CANARIES[0],
      phone: CANARIES[1],
      firstName: CANARIES[3],
      lastName: CANARIES[4],
      address: CANARIES[5],
      city: CANARIES[6],
    },
  });
  const report = await producer.enqueueMany(
    [...['ok', 'bad', 'later', 'again'].map(order), { ...order('x'), [CANARIES[0] ?? '']: 1, country: CANARIES[6] }],
    { source: 'order' },
  );
  expect(report).toMatchObject({ accepted: 4, rejected: [{ index: 4 }] });
  const beforeDelivery = await everythingInRedis(world);
  const { faults } = world.sandbox;
  faults.add({ kind: 'credentials', error: 'invalid_grant', times: 1 });
  faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT', message: 'no' });
  faults.add({ kind: 'item_error', idHolds: 'later', code: 'INTERNAL_ERROR' });
  faults.add({ kind: 'lose_answer', times: 1 });
  faults.add({ kind: 'status', status: 401, times: 1 });
  const { metrics } = await world.startWorker();
  await world.untilSettled({ delivered: 2, dead_lettered: 2 });
  // A stock producer's plaintext event, and one that cannot be read.
  await world.withQueue(async (queue) => {
    const raw = { ...eventOf('raw'), matchKeys: [{ type: 'EMAIL', values: [CANARIES[0]] }] };
    await queue.add('any', { v: 1, events: [{ event: raw, source: 'conversion' }] });
  });
  await world.untilSettled({ delivered: 3, dead_lettered: 2 });
  expect(world.sandbox.received.list().some(({ hasPlaintext }) => hasPlaintext)).toBe(false);

  const letters = await world.letters();
  expect(letters).toHaveLength(2);
  const places = {
    'Redis before': beforeDelivery,
    'Redis after': await everythingInRedis(world),
    logs: world.logLines.join('\n'),
    metrics: await metrics.registry.metrics(),
    letters: JSON.stringify(letters),
    answers: JSON.stringify(report),
  };
  expect(world.logLines.length).toBeGreaterThan(5);
  for (const [place, text] of Object.entries(places)) {
    for (const canary of [...CANARIES, ...SECRETS]) {
      expect(text.toLowerCase().includes(canary.toLowerCase()), `${canary} in ${place}`).toBe(false);
    }
  }
  await producer.close();
  await world.close();
});
