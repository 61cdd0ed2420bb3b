/**
 * Forgetting ids: all that is kept of events beside the events themselves. Other names of their orders, refusals, when and by
 * which request they were delivered, and the records of operations.
 *
 * What stays, because an order would be sent a second time without it: that an id was delivered (a digest in the window), and
 * that a reconcile has seen the order (a digest too).
 */
import { forgetInOperations } from '../dead-letters/operations/forget.js';
import { sourceIn } from '../find/candidates.js';
import { ALIASED_SOURCES, aliasOf, tailOf } from '../mapping/aliases.js';
import { aliasDigestOf, forgetAliases } from '../queue/alias-index.js';
import { forgetListed } from '../queue/forget-listed.js';
import { keysOf } from '../queue/queue.js';
import { forgetRefusals } from '../queue/refusal-index.js';
import { redisNowMs } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { runScript } from '../redis/script.js';
import { FORGET_DELIVERIES } from '../window/forget-script.js';
import { digestOf, joinDigests } from '../window/layout.js';
import type { ShopIds } from './meant-ids.js';

const IDS_A_CALL = 1_000;

export interface Traces {
  readonly aliases: number;
  readonly refusals: number;
  readonly deliveries: number;
  /** Deliveries that a job is still to count. */
  readonly kept: number;
}

export interface ForgetOptions {
  readonly dedupeIds: readonly string[];
  /** The shop's ids as a person wrote them, of this source where one is named. */
  readonly orders: ShopIds;
  /** Only counts. */
  readonly isDryRun: boolean;
}

/** @throws Redis's errors */
export async function forgetIds(
  connection: RedisConnection,
  account: string,
  { dedupeIds, orders, isDryRun }: ForgetOptions,
): Promise<Traces> {
  const nowMs = await redisNowMs(connection, keysOf(account).aliases);
  const tails = [...new Set(dedupeIds.map(tailOf))];
  const at = { nowMs, isDryRun };
  const aliases = await forgetAliases(connection, account, { shopIds: tails, ...at });
  // An alias and a refusal have the same digest of the same name.
  const fields = new Set([...refusalFields(dedupeIds, orders), ...aliases]);
  const refusals = await forgetRefusals(connection, account, { fields: [...fields], ...at });
  const [deliveries, kept] = await forgetDeliveries(connection, account, dedupeIds, isDryRun);
  if (!isDryRun) {
    for (let start = 0; start < dedupeIds.length; start += IDS_A_CALL) {
      await forgetListed(connection, account, dedupeIds.slice(start, start + IDS_A_CALL));
    }
    const isMeant = meansOneOf([...dedupeIds, ...tails, ...orders.ids], fields);
    await forgetInOperations(connection, account, { dedupeIds, isMeant });
  }
  return { aliases: aliases.length, refusals, deliveries, kept };
}

/** Whether a word is one of the ids, in any case, or a name of an order of which the digest alone is known. */
function meansOneOf(ids: readonly string[], fields: ReadonlySet<string>): (word: string) => boolean {
  const words = new Set(ids.map((id) => aliasOf(id).toLowerCase()));
  words.delete('');
  return (word) =>
    words.has(word.toLowerCase()) ||
    ALIASED_SOURCES.some((source) => fields.has(aliasDigestOf(source, aliasOf(word)).slice(3)));
}

/** Of a derived id the source is known; another, and what a person wrote, may be of any that keeps refusals. */
function refusalFields(dedupeIds: readonly string[], { ids, source: named }: ShopIds): string[] {
  return [...dedupeIds, ...ids].flatMap((id) => {
    const source = sourceIn(id) ?? named;
    const sources = source === undefined ? ALIASED_SOURCES : [source];
    return sources.map((name) => aliasDigestOf(name, aliasOf(tailOf(id))).slice(3));
  });
}

async function forgetDeliveries(
  connection: RedisConnection,
  account: string,
  dedupeIds: readonly string[],
  isDryRun: boolean,
): Promise<[deliveries: number, kept: number]> {
  const { window, job } = keysOf(account);
  const counts: [number, number] = [0, 0];
  for (let start = 0; start < dedupeIds.length; start += IDS_A_CALL) {
    const digests = joinDigests(dedupeIds.slice(start, start + IDS_A_CALL).map(digestOf));
    const args = [isDryRun ? 1 : 0, digests];
    const reply = await runScript(connection, { script: FORGET_DELIVERIES, keys: [window, job], args });
    const [deliveries = 0, kept = 0] = Array.isArray(reply) ? reply.map(Number) : [];
    counts[0] += deliveries;
    counts[1] += kept;
  }
  return counts;
}
