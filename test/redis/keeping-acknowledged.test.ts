// Real: a Redis master with two replicas and three Sentinels as processes, and the library that writes to it all the while.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createProducer, type Producer } from '../../src/index.js';
import { readQueuedJobs } from '../../src/queue/queued-jobs.js';
import { connectRedis } from '../../src/redis/connect.js';
import { draftOf } from '../support/events.js';
import { SentinelSet } from '../support/sentinel-set.js';
import { until } from '../support/world.js';

const CALLERS = 20;

/** Enqueues until told to stop; @returns the ids that were acknowledged */
async function enqueueUntil(producer: Producer, caller: number, stop: AbortSignal): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let number = 0; !stop.aborted; number += 1) {
    const id = `${caller}-${number}`;
    await producer.enqueue(draftOf(id)).then(
      () => acknowledged.push(id),
      // Not acknowledged: whether it is there is not asked.
      () => sleep(50),
    );
    await sleep(5);
  }
  return acknowledged;
}

async function queuedIds(url: string): Promise<Set<string>> {
  const connection = connectRedis(url, 'patient', 'capi-test');
  connection.on('error', () => undefined);
  const ids = new Set<string>();
  for await (const jobs of readQueuedJobs('default', connection)) {
    for (const { data } of jobs) {
      for (const [, id] of data.matchAll(/"clientDedupeId":"([^"]+)"/g)) ids.add(id ?? '');
    }
  }
  connection.disconnect();
  return ids;
}

it('a planned failover loses nothing that was acknowledged, although the old master and a replica go on for a while', async () => {
  const set = await SentinelSet.start();
  const producer = createProducer({ redisUrl: set.url });
  const stop = new AbortController();
  try {
    const callers = Array.from({ length: CALLERS }, (_, caller) => enqueueUntil(producer, caller, stop.signal));
    await until(async () => expect((await queuedIds(set.url)).size).toBeGreaterThan(200));
    const old = await set.master();
    await set.failOver();
    await set.untilMasterIsNot(old);
    await producer.enqueue(draftOf('after')).catch(() => undefined);
    await set.untilWhole();
    await until(() => producer.enqueue(draftOf('after')).then(() => undefined));
    stop.abort();
    const acknowledged = (await Promise.all(callers)).flat();
    const queued = await queuedIds(set.url);
    expect(acknowledged.filter((id) => !queued.has(id))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(200);
  } finally {
    stop.abort();
    await producer.close();
    await set.stop();
  }
});
