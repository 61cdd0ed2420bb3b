/** Reads what an account received on each of the last days, for the coverage report. */
import { z } from 'zod';
import { COUNTED } from '../coverage/marks.js';
import type { Counts, CoverageDay } from '../coverage/period.js';
import { SOURCES, type Source } from '../mapping/source.js';
import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScripts } from '../redis/script.js';
import { keysOf } from './queue.js';
import { COVERAGE_DAYS, fieldOf, SECONDS_A_DAY } from './record-coverage.js';

/**
 * KEYS[1] prefix of the days' keys   ARGV[1] number of days
 * Returns today, counted from 1970, and the hash of each day, today's first.
 */
const READ_COUNTS: RedisScript = {
  name: 'capiReadCoverage',
  lua: `
local today = math.floor(redis.call('TIME')[1] / ${SECONDS_A_DAY})
local days = {}
for back = 0, ARGV[1] - 1 do days[back + 1] = redis.call('HGETALL', KEYS[1] .. (today - back)) end
return {today, days}`,
};

const reply = z.tuple([z.number(), z.array(z.array(z.string()))]);

/** @returns for each account its days, today first */
export async function readCoverage(
  accounts: readonly string[],
  connection: RedisConnection,
): Promise<readonly (readonly CoverageDay[])[]> {
  const calls = accounts.map((account) => ({
    script: READ_COUNTS,
    keys: [keysOf(account).coverage],
    args: [COVERAGE_DAYS],
  }));
  const replies = await runScripts(connection, calls);
  return replies.map((one) => {
    const [today, days] = reply.parse(one);
    return days.map((hash, back) => ({ startMs: (today - back) * SECONDS_A_DAY * 1000, sources: readDay(hash) }));
  });
}

function readDay(hash: readonly string[]): ReadonlyMap<Source, Counts> {
  const fields = new Map<string, number>();
  for (let at = 0; at < hash.length; at += 2) fields.set(hash[at] ?? '', Number(hash[at + 1]));
  const sources = new Map<Source, Counts>();
  for (const source of SOURCES) {
    const counts = Object.fromEntries(COUNTED.map((name) => [name, fields.get(fieldOf(source, name)) ?? 0])) as Counts;
    if (Object.values(counts).some((count) => count > 0)) sources.set(source, counts);
  }
  return sources;
}
