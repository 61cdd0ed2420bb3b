/** Removes ids of ended jobs from the index of the queue, before their group is removed. */
import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import { INDEX_DIGEST_CHARS, indexDigestsOf } from './id-index.js';
import { idText } from './job.js';
import { keysOf } from './queue.js';

/**
 * KEYS[1] prefix of the index of queued ids   KEYS[2] jobs' prefix   ARGV[1] index digests in a row
 * ARGV[2..] for each id its text in jobs
 * An entry stays while a job contains the id: a worker has it now.
 */
const FORGET_LISTED: RedisScript = {
  name: 'capiForgetListed',
  lua: `
local function isHeld(names, text)
  for name in string.gmatch(names, '%S+') do
    local data = redis.call('HGET', KEYS[2] .. name, 'data')
    if data and string.find(data, text, 1, true) then return true end
  end
  return false
end
local fields = {}
for place = 1, #ARGV - 1 do
  fields[place] = string.sub(ARGV[1], (place - 1) * ${INDEX_DIGEST_CHARS} + 4, place * ${INDEX_DIGEST_CHARS})
end
for _, group in ipairs(redis.call('ZRANGE', KEYS[1] .. 'groups', 0, -1)) do
  for place, names in ipairs(redis.call('HMGET', KEYS[1] .. group, unpack(fields))) do
    if names and not isHeld(names, ARGV[1 + place]) then redis.call('HDEL', KEYS[1] .. group, fields[place]) end
  end
end
return 1`,
};

export async function forgetListed(
  connection: RedisConnection,
  account: string,
  dedupeIds: readonly string[],
): Promise<void> {
  const { queuedIds, job } = keysOf(account);
  const args = [indexDigestsOf(dedupeIds), ...dedupeIds.map(idText)];
  await runScript(connection, { script: FORGET_LISTED, keys: [queuedIds, job], args });
}
