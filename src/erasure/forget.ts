/**
 * Forgets ids: everything that is stored about events outside the events themselves. These are other names of their orders,
 * refusals, time and request of their delivery, and the records of operations.
 *
 * Two digests stay, because an order would be sent a second time without them: that an id was delivered (in the window), and that
 * a reconcile has seen the order. While a job has yet to count a delivery, everything about it stays: its number must lead to it
 * when the erasure is repeated. Other names are removed last, for the same reason.
 */
import { forgetInOperations } from '../dead-letters/operations/forget.js';
import { sourceIn } from '../find/candidates.js';
import { ALIASED_SOURCES, aliasOf, tailOf } from '../mapping/aliases.js';
import { aliasDigestOf, findAliasesOf, removeAliases } from '../queue/alias-index.js';
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
  /** Ids of deliveries that a job has yet to count. */
  readonly keptIds: readonly string[];
}

export interface ForgetOptions {
  readonly dedupeIds: readonly string[];
  /** The shop's ids as a person wrote them; only of this source, if one is named. */
  readonly orders: ShopIds;
  /** Those of them without a known event: for their refusals nothing else can be checked. */
  readonly unknown: readonly string[];
  /** Only counts. */
  readonly isDryRun: boolean;
}

/** @throws Redis's errors */
export async function forgetIds(
  connection: RedisConnection,
  account: string,
  { dedupeIds: meant, orders, unknown, isDryRun }: ForgetOptions,
): Promise<Traces> {
  const nowMs = await redisNowMs(connection, keysOf(account).aliases);
  const { deliveries, keptIds } = await forgetDeliveries(connection, account, meant, isDryRun);
  const kept = new Set(keptIds);
  const dedupeIds = meant.filter((id) => !kept.has(id));
  const tails = [...new Set(dedupeIds.map(tailOf))];
  const foreign = foreignFields(dedupeIds, [...tails, ...orders.ids]);
  const shopIds = new Set(dedupeIds.filter(hasAliases).map(tailOf));
  const aliases = (await findAliasesOf(connection, account, { shopIds, nowMs })).filter(
    ({ field }) => !foreign.has(field),
  );
  // An alias and a refusal have the same digest of the same name.
  const fields = new Set([...dedupeIds.flatMap(ownFields), ...aliases.map(({ field }) => field)]);
  const anyOrder = new Set(unknown.flatMap((id) => refusalFields(id, orders.source)));
  const refusals = await forgetRefusals(connection, account, { fields, anyOrder, nowMs, isDryRun });
  if (!isDryRun) {
    for (let start = 0; start < dedupeIds.length; start += IDS_A_CALL) {
      await forgetListed(connection, account, dedupeIds.slice(start, start + IDS_A_CALL));
    }
    const isMeant = meansOneOf([...dedupeIds, ...tails, ...orders.ids], new Set([...fields, ...anyOrder]));
    await forgetInOperations(connection, account, { dedupeIds, isMeant });
    await removeAliases(connection, aliases);
  }
  return { aliases: aliases.length, refusals, deliveries, keptIds };
}

/** Whether a word is one of the ids, in any case, or a name of an order of which only the digest is known. */
function meansOneOf(ids: readonly string[], fields: ReadonlySet<string>): (word: string) => boolean {
  const words = new Set(ids.map((id) => aliasOf(id).toLowerCase()));
  words.delete('');
  return (word) =>
    words.has(word.toLowerCase()) || ALIASED_SOURCES.some((source) => fields.has(fieldOf(source, aliasOf(word))));
}

function fieldOf(source: string, name: string): string {
  return aliasDigestOf(source, name).slice(3);
}

function hasAliases(dedupeId: string): boolean {
  const source = sourceIn(dedupeId);
  return ALIASED_SOURCES.some((name) => name === source);
}

/** An alias says which id it stands for, but not of which source: at other sources these names belong to other orders. */
function foreignFields(dedupeIds: readonly string[], names: readonly string[]): ReadonlySet<string> {
  const sources = new Set(dedupeIds.map((id) => sourceIn(id)));
  const others = ALIASED_SOURCES.filter((source) => !sources.has(source));
  return new Set(others.flatMap((source) => names.map((name) => fieldOf(source, aliasOf(name)))));
}

/** The order's own id, if its source keeps refusals. */
function ownFields(dedupeId: string): string[] {
  const source = sourceIn(dedupeId);
  return source !== undefined && hasAliases(dedupeId) ? [fieldOf(source, aliasOf(tailOf(dedupeId)))] : [];
}

/** What a person wrote may belong to any source that keeps refusals. */
function refusalFields(id: string, named: ShopIds['source']): string[] {
  const source = sourceIn(id) ?? named;
  const sources = source === undefined ? ALIASED_SOURCES : [source];
  return sources.map((name) => fieldOf(name, aliasOf(tailOf(id))));
}

async function forgetDeliveries(
  connection: RedisConnection,
  account: string,
  dedupeIds: readonly string[],
  isDryRun: boolean,
): Promise<{ deliveries: number; keptIds: string[] }> {
  const { window, job } = keysOf(account);
  const keptIds: string[] = [];
  let deliveries = 0;
  for (let start = 0; start < dedupeIds.length; start += IDS_A_CALL) {
    const ids = dedupeIds.slice(start, start + IDS_A_CALL);
    const args = [isDryRun ? 1 : 0, joinDigests(ids.map(digestOf))];
    const reply = await runScript(connection, { script: FORGET_DELIVERIES, keys: [window, job], args });
    const [forgotten = 0, ...places] = Array.isArray(reply) ? reply.map(Number) : [];
    deliveries += forgotten;
    keptIds.push(...places.flatMap((place) => ids[place - 1] ?? []));
  }
  return { deliveries, keptIds };
}
