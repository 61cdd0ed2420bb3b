/**
 * Dedupe ids of an order by another of its names: for example its number, if the dedupe id is made of another field. Aliases are
 * kept for some weeks (queue/alias-index.ts).
 */
import { ALIASED_SOURCES, aliasOf } from '../mapping/aliases.js';
import type { Source } from '../mapping/source.js';
import { aliasDayOf, aliasDigestOf, FIND_ALIASES } from '../queue/alias-index.js';
import { keysOf } from '../queue/queue.js';
import { redisNowMs } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { runScript } from '../redis/script.js';
import { candidatesOf } from './candidates.js';

/** Dedupe ids of orders that have this id as another name. */
export async function aliasedIds(
  connection: RedisConnection,
  account: string,
  id: string,
  source: Source | undefined,
): Promise<string[]> {
  const sources = ALIASED_SOURCES.filter((name) => source === undefined || name === source);
  if (sources.length === 0) return [];
  const { aliases } = keysOf(account);
  const { day } = aliasDayOf(await redisNowMs(connection, aliases));
  const digests = sources.map((name) => aliasDigestOf(name, aliasOf(id)));
  const found = await runScript(connection, { script: FIND_ALIASES, keys: [aliases], args: [day, ...digests] });
  const shopIds = Array.isArray(found) ? found.map(String) : [];
  return sources.flatMap((name, place) => {
    const shopId = shopIds[place];
    return shopId === undefined || shopId === '' ? [] : candidatesOf(shopId, name);
  });
}
