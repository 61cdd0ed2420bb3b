/**
 * Rival *floor*: raw Redis only. A list popped 500 at a time, one script for the ids, one POST per batch.
 *
 * It has no guarantees: what is popped and not delivered is lost, nothing is retried or counted, and an id is marked
 * before it is delivered. No forwarder on Redis can cost much less. Four loops, each with its own connection, as many
 * as the program has batches in flight. Texts are sent unchanged and parsed only for their ids.
 */
import { Redis } from 'ioredis';
import { readConfig, serveTasks } from '../child.js';
import { idOf } from '../payloads.js';
import { FLOOR_LIST } from './floor-list.js';
import { openPost, type RivalConfig } from './post.js';

const BATCH_EVENTS = 500;
const LOOPS = 4;
const WINDOW_MS = 48 * 3_600_000;
const WAIT_MS = 50;

/** KEYS the ids' keys   ARGV[1] window, ms   Returns for each id 1 if it is new, else 0. */
const MARK_LUA = `
local isNew = {}
for i = 1, #KEYS do isNew[i] = redis.call('SET', KEYS[i], '', 'PX', ARGV[1], 'NX') and 1 or 0 end
return isNew`;

const { redisUrl, sinkUrl } = readConfig() as RivalConfig;
const post = openPost(sinkUrl, LOOPS);

async function forward(): Promise<void> {
  const redis = new Redis(redisUrl);
  const digest = String(await redis.script('LOAD', MARK_LUA));
  for (;;) {
    const texts = (await redis.lpop(FLOOR_LIST, BATCH_EVENTS)) ?? [];
    if (texts.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      continue;
    }
    const ids = texts.map((text) => `sent:${idOf(JSON.parse(text))}`);
    const isNew = (await redis.evalsha(digest, ids.length, ...ids, WINDOW_MS)) as number[];
    const fresh = texts.filter((_, index) => isNew[index] === 1);
    if (fresh.length > 0) await post(`{"eventData":[${fresh.join(',')}]}`);
  }
}

for (let loop = 0; loop < LOOPS; loop += 1) void forward();
serveTasks({});
