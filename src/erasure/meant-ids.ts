/**
 * Finds the orders that a shop's id means, for an erasure. If there are several, it asks, because an erasure cannot be undone.
 */
import { aliasedIds } from '../find/aliased-ids.js';
import { candidatesOf, derivesAll, sourceIn } from '../find/candidates.js';
import { lookUpIds } from '../find/known-script.js';
import { ALIASED_SOURCES, aliasOf, tailOf } from '../mapping/aliases.js';
import type { Source } from '../mapping/source.js';
import { keysOf } from '../queue/queue.js';
import { findRefusal, readRefusal } from '../queue/refusal-index.js';
import { redisNowMs } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { runScript } from '../redis/script.js';

/** An id may mean several orders. */
export class AmbiguousIdError extends Error {
  readonly code = 'AMBIGUOUS_ID';
}

export interface ShopIds {
  readonly ids: readonly string[];
  readonly source?: Source | undefined;
}

export interface MeantIds {
  /** Those of the known event; if none is known, every dedupe id that the shop's id may stand for. */
  readonly dedupeIds: readonly string[];
  /** The shop's ids without a known event in the indexes: only a refusal may be left, or an event that is in no index. */
  readonly unknown: readonly UnknownId[];
}

interface UnknownId {
  readonly id: string;
  readonly mayBe: readonly string[];
  /** Sources that refused an order with this id. */
  readonly refusing: readonly Source[];
}

/**
 * @param orders a source answers only which source is meant
 * @throws AmbiguousIdError if an id stands for several events or refused orders; forms of one id (`1001`, `#1001`) count as one
 */
export async function meantIds(
  connection: RedisConnection,
  account: string,
  { ids, source }: ShopIds,
): Promise<MeantIds> {
  const dedupeIds = new Set<string>();
  const unknown: UnknownId[] = [];
  for (const id of ids) {
    const all = [...new Set([...candidatesOf(id, source), ...(await aliasedIds(connection, account, id, source))])];
    const mayBe = all.filter((one) => source === undefined || isOf(one, source));
    const known = (await lookUpIds(connection, account, mayBe, false)).ids.map((one) => one.id);
    const refusing = await refusingSources(connection, account, id, source);
    const orders = requireOne(id, known, refusing);
    if (known.length === 0) unknown.push({ id, mayBe, refusing });
    for (const one of mayBe) if (known.length === 0 || orders.has(orderOf(one))) dedupeIds.add(one);
  }
  return { dedupeIds: [...dedupeIds], unknown };
}

/**
 * Jobs of other programs are in no index, nor are events queued before there was one: they are known only once found.
 *
 * @throws AmbiguousIdError as above
 */
export function requireOneEach({ unknown }: MeantIds, found: readonly string[]): void {
  const known = new Set(found);
  for (const { id, mayBe, refusing } of unknown) {
    requireOne(
      id,
      mayBe.filter((one) => known.has(one)),
      refusing,
    );
  }
}

/** @returns the known order, by the part that all its forms share */
function requireOne(id: string, known: readonly string[], refusing: readonly Source[]): ReadonlyMap<string, string> {
  const orders = new Map(known.map((one) => [orderOf(one), one]));
  const sources = new Set(known.map((one) => sourceIn(one)));
  // A refusal by the same source is checked when it is forgotten.
  const others = refusing.filter((name) => !sources.has(name));
  const names = [...orders.values(), ...others.map((name) => `a refused order of ${name}`)];
  if (names.length <= 1) return orders;
  const choice = sources.size + others.length > 1 ? 'Name one of these ids, or say --source' : 'Name one of these ids';
  throw new AmbiguousIdError(`${id} means several events: ${names.join(', ')}. ${choice}`);
}

/** The same for all forms of one id. */
function orderOf(dedupeId: string): string {
  const tail = tailOf(dedupeId);
  return dedupeId.slice(0, dedupeId.length - tail.length) + aliasOf(tail);
}

/** Sources that refused an order with this id. */
async function refusingSources(
  connection: RedisConnection,
  account: string,
  id: string,
  source = sourceIn(id),
): Promise<Source[]> {
  const found: Source[] = [];
  const asked = aliasOf(tailOf(id.trim()));
  const nowMs = await redisNowMs(connection, keysOf(account).refused);
  for (const name of ALIASED_SOURCES) {
    if (source !== undefined && source !== name) continue;
    const reply = await runScript(connection, findRefusal(account, [{ source: name, id: asked }], nowMs));
    if (readRefusal(reply)) found.push(name);
  }
  return found;
}

/** A bare id cannot belong to a source that derives all its ids. */
function isOf(dedupeId: string, source: Source): boolean {
  const said = sourceIn(dedupeId);
  return said === source || (said === undefined && !derivesAll(source));
}
