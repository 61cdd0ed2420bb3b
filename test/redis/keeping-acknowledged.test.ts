// Real: a Redis master with two replicas and three Sentinels as processes, and the library that writes to it all the
// time.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createProducer, type Producer } from '../../src/index.js';
import { readQueuedJobs } from '../../src/queue/queued-jobs.js';
import { connectRedis } from '../../src/redis/connect.js';
import { draftOf } from '../support/events.js';
import { SentinelSet } from '../support/sentinel-set.js';
import { until } from '../support/world.js';

const CALLERS = 20;

/** Enqueues until stopped. @returns the acknowledged ids */
async function enqueueUntil(producer: Producer, caller: number, stop: AbortSignal): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let number = 0; !stop.aborted; number += 1) {
    const id = `${caller}-${number}`;
    await producer.enqueue(draftOf(id)).then(
      () => acknowledged.push(id),
      // Not acknowledged: it may be there or not.
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

/** Enqueues during a change of the master. @returns what was acknowledged, and what the next master has */
async function enqueueAcross(set: SentinelSet): Promise<{ acknowledged: string[]; queued: Set<string> }> {
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
    return { acknowledged, queued: await queuedIds(set.url) };
  } finally {
    stop.abort();
    await producer.close();
  }
}

it('a planned failover loses nothing that was acknowledged, although the old master and a replica go on for a while', async () => {
  const set = await SentinelSet.start();
  try {
    const { acknowledged, queued } = await enqueueAcross(set);
    expect(acknowledged.filter((id) => !queued.has(id))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(200);
  } finally {
    await set.stop();
  }
});

it('a producer that begins, or goes on for longer, in the middle of a failover acknowledges nothing by a replica that stayed behind', async () => {
  const set = await SentinelSet.start();
  const before = createProducer({ redisUrl: set.url });
  let after: Producer | undefined;
  try {
    await before.enqueue(draftOf('before'));
    const [promoted] = await set.replicas();
    if (!promoted) throw new Error('there is no replica');
    const isMaster = async () => (await set.administer(promoted, (redis) => redis.role()))[0] === 'master';
    // Only the first step of a failover. The Sentinels undo it after eight seconds or more.
    await set.administer(promoted, (redis) => redis.replicaof('NO', 'ONE'));
    after = createProducer({ redisUrl: set.url });
    let tries = 0;
    for (let producers = [before, after]; producers.length > 0 && (await isMaster()); tries += 1) {
      const tried = await Promise.allSettled(producers.map((producer) => producer.enqueue(draftOf(`try-${tries}`))));
      const isStillMaster = await isMaster();
      const accepted = tried.filter(({ status }) => status === 'fulfilled');
      if (isStillMaster) expect(accepted).toEqual([]);
    }
    expect(tries).toBeGreaterThan(5);
    for (const producer of [before, after]) {
      await until(() => producer.enqueue(draftOf('after')).then(() => undefined), 30_000);
    }
  } finally {
    await Promise.all([before.close(), after?.close()]);
    await set.stop();
  }
}, 90_000);

it('a killed replica is not waited for after a while', async () => {
  const set = await SentinelSet.start();
  const producer = createProducer({ redisUrl: set.url });
  try {
    await producer.enqueue(draftOf('before'));
    const [dead] = await set.replicas();
    if (!dead) throw new Error('there is no replica');
    await set.kill(dead);
    const killedAt = performance.now();
    await until(() => producer.enqueue(draftOf('after')).then(() => undefined));
    expect(performance.now() - killedAt).toBeGreaterThan(4_000);
  } finally {
    await producer.close();
    await set.stop();
  }
}, 60_000);
