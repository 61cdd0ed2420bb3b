/**
 * Acknowledging: the cost of waiting until a replica has each write (REDIS_ACK_REPLICAS=1), compared with not waiting
 * (0). The same master and replica for both, on one machine, so no network is included.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import type { Load } from '../callers/load.js';
import type { Filled } from '../callers/timing.js';
import { KEPT_LIKE_IN_PRODUCTION, onStage, type Stage } from '../processes.js';
import type { Bench } from './section.js';

const FOLLOWS_WITHIN_MS = 30_000;
const CONNECTIONS = 64;
const PATH = '/v1/events?source=conversion&account=default';

interface Rates {
  readonly many: number;
  readonly together64: number;
  readonly together10: number;
  readonly intake: number;
}

type Sizes = Bench['sizes'];

export async function measureAcknowledging({ sizes, ledger, say }: Bench): Promise<void> {
  for (let round = 1; round <= sizes.rounds; round += 1) {
    say(`acknowledging, round ${round} of ${sizes.rounds}`);
    const alone = await measureRates(0, sizes);
    const kept = await measureRates(1, sizes);
    ledger.note('ackMany', kept.many / alone.many);
    ledger.note('ack64', kept.together64 / alone.together64);
    ledger.note('ack10', kept.together10 / alone.together10);
    ledger.note('ackIntake', kept.intake / alone.intake);
  }
}

function measureRates(replicas: 0 | 1, sizes: Sizes): Promise<Rates> {
  return onStage(undefined, async (stage) => {
    const replica = await startReplica(stage);
    try {
      return await ratesOn(stage, replicas, sizes);
    } finally {
      await replica.stop();
    }
  });
}

async function ratesOn(stage: Stage, replicas: 0 | 1, { filled, togetherCalls, requests }: Sizes): Promise<Rates> {
  const caller = await stage.start('callers/ours', { redisUrl: stage.redis.url, ackReplicas: replicas });
  const together = (callers: number) =>
    caller.ask<number>('together', { run: `t${callers}`, callers, times: Math.ceil(togetherCalls / callers) });
  await together(100);
  const together64 = await together(CONNECTIONS);
  const together10 = await together(10);
  const { rate: many } = await caller.ask<Filled>('fill', { run: 'm', count: filled.ours });
  await caller.end();
  const intake = await stage.startProgram('intake', { REDIS_ACK_REPLICAS: String(replicas) });
  const load = await stage.start('callers/load');
  const loadOf = (run: string, count: number): Load => {
    return { run, address: intake.address('intake'), path: PATH, connections: CONNECTIONS, requests: count };
  };
  await load.ask<number>('load', loadOf('w', Math.ceil(requests / 5)));
  return { many, together64, together10, intake: await load.ask<number>('load', loadOf('i', requests)) };
}

async function startReplica({ redis }: Stage): Promise<RedisServer> {
  const args = [...KEPT_LIKE_IN_PRODUCTION, '--replicaof', '127.0.0.1', String(redis.port)];
  const replica = await startServer({ args });
  const master = new Redis(redis.url);
  try {
    const deadline = performance.now() + FOLLOWS_WITHIN_MS;
    while (!/state=online/.test(await master.info('replication'))) {
      if (performance.now() > deadline) throw new Error('the replica does not follow');
      await sleep(50);
    }
    return replica;
  } catch (error) {
    await replica.stop();
    throw error;
  } finally {
    master.disconnect();
  }
}
