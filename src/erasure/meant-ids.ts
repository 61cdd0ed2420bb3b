/**
 * Which events an id of a shop means, for who erases them: more than one is asked about, for what is erased does not come back.
 */
import { aliasedIds } from '../find/aliased-ids.js';
import { candidatesOf, derivesAll, sourceIn } from '../find/candidates.js';
import { lookUpIds } from '../find/known-script.js';
import type { Source } from '../mapping/source.js';
import type { RedisConnection } from '../redis/connect.js';

/** An id may mean orders of several sources. */
export class AmbiguousIdError extends Error {
  readonly code = 'AMBIGUOUS_ID';
}

export interface ShopIds {
  readonly ids: readonly string[];
  readonly source?: Source | undefined;
}

/**
 * @returns every dedupe id that the ids may stand for
 * @throws AmbiguousIdError where one of them stands for known events of several sources, and none is named
 */
export async function meantIds(
  connection: RedisConnection,
  account: string,
  { ids, source }: ShopIds,
): Promise<string[]> {
  const meant = new Set<string>();
  for (const id of ids) {
    const all = [...new Set([...candidatesOf(id, source), ...(await aliasedIds(connection, account, id, source))])];
    const mayBe = all.filter((one) => source === undefined || isOf(one, source));
    const known = (await lookUpIds(connection, account, mayBe, false)).ids.map((one) => one.id);
    if (source === undefined && new Set(known.map((one) => sourceIn(one))).size > 1) {
      throw new AmbiguousIdError(`${id} means several events: ${known.join(', ')}. Name one, or say --source`);
    }
    for (const one of mayBe) meant.add(one);
  }
  return [...meant];
}

/** A bare id is not of a source that gives none. */
function isOf(dedupeId: string, source: Source): boolean {
  const said = sourceIn(dedupeId);
  return said === source || (said === undefined && !derivesAll(source));
}
