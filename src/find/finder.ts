/**
 * Finds the state of an event by its dedupe id, or by the shop's id from which that is made.
 *
 * One look-up is one script call an account, which searches the groups of about 260,000 queued events one after another. For a
 * delivered event the latest replays are read too. Every id gets an answer: an unknown one was never seen, or was seen too long
 * ago.
 */
import { OperationStore } from '../dead-letters/operations/operation-store.js';
import { ALIASED_SOURCES, aliasOf, tailOf } from '../mapping/aliases.js';
import type { Source } from '../mapping/source.js';
import { keysOf } from '../queue/queue.js';
import { findRefusal, readRefusal } from '../queue/refusal-index.js';
import { redisNowMs } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { runScript } from '../redis/script.js';
import { aliasedIds } from './aliased-ids.js';
import { candidatesOf, sourceIn } from './candidates.js';
import { type FoundEvent, momentAt } from './found-event.js';
import { type KnownId, lookUpIds } from './known-script.js';
import { lifeOf, replayText, type ToldReplay } from './life.js';

/** Replays that are searched for a delivered event. */
const REPLAYS_READ = 20;

export interface FindOptions {
  readonly accounts: readonly string[];
  /** Only events of this source. */
  readonly source?: Source | undefined;
  /** Only events known to be of one of these sources; for users who may see no others. */
  readonly onlySources?: readonly Source[] | undefined;
}

/** @throws Redis's errors */
export async function findEvent(
  connection: RedisConnection,
  id: string,
  { accounts, source, onlySources }: FindOptions,
): Promise<FoundEvent> {
  const perAccount = await Promise.all(
    accounts.map(async (account) => {
      const candidates = [...candidatesOf(id, source), ...(await aliasedIds(connection, account, id, source))];
      return findIn(connection, { id, account }, [...new Set(candidates)]);
    }),
  );
  const isMeant = ({ dedupeId = '', source: said = sourceIn(dedupeId) }: FoundEvent) => {
    if (source !== undefined && said !== undefined && said !== source) return false;
    return !onlySources || onlySources.some((one) => one === said);
  };
  const [first, ...others] = perAccount.flat().filter(isMeant).toSorted(byTime);
  if (!first) return refusedOrUnknown(connection, id, { accounts, source, onlySources });
  return others.length === 0 ? first : { ...first, also: others };
}

/** Only the ids of a rejected order are known. */
async function refusedOrUnknown(
  connection: RedisConnection,
  id: string,
  { accounts, source, onlySources }: FindOptions,
): Promise<FoundEvent> {
  const sources = ALIASED_SOURCES.filter(
    (name) => (source === undefined || name === source) && (onlySources?.includes(name) ?? true),
  );
  const asked = aliasOf(tailOf(id.trim()));
  for (const account of sources.length === 0 ? [] : accounts) {
    const nowMs = await redisNowMs(connection, keysOf(account).refused);
    const ids = sources.map((name) => ({ source: name, id: asked }));
    const refused = readRefusal(await runScript(connection, findRefusal(account, ids, nowMs)));
    if (!refused) continue;
    const { atMs, reason } = refused;
    return { id, account, state: 'refused', reason, timeline: [momentAt(atMs, 'refused', reason)] };
  }
  return { id, account: accounts.join(', '), state: 'unknown', timeline: [] };
}

async function findIn(
  connection: RedisConnection,
  question: { readonly id: string; readonly account: string },
  candidates: readonly string[],
): Promise<FoundEvent[]> {
  if (candidates.length === 0) return [];
  const { ids, ...account } = await lookUpIds(connection, question.account, candidates, true);
  return Promise.all(
    ids.map(async (known) => lifeOf(known, account, question, await replaysOf(connection, question.account, known))),
  );
}

/** Only the mark of a delivered event is left; the records of replays say whether it was replayed. */
async function replaysOf(
  connection: RedisConnection,
  account: string,
  { id, mark, jobs, letters }: KnownId,
): Promise<ToldReplay[]> {
  if (mark?.kind !== 'delivered' || jobs.length > 0 || letters.length > 0) return [];
  const replays = await new OperationStore(account, connection).replaysOf(id, REPLAYS_READ);
  return replays.map(({ startedAt, by, corrections }) => ({ atMs: startedAt, detail: replayText(by, corrections) }));
}

/** The newest first. */
function byTime(left: FoundEvent, right: FoundEvent): number {
  return lastTime(right).localeCompare(lastTime(left));
}

function lastTime({ timeline }: FoundEvent): string {
  return timeline.at(-1)?.at ?? '';
}
