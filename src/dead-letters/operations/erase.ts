/**
 * Erasure: removes every event with a match key, or with one of some ids, from the queue and from the dead letters, at the
 * request of the person to whom it belongs. What Amazon has accepted cannot be called back.
 *
 * Promise: an event that exists when it begins is erased, counted as `busy`, or was sent before. First a lease forbids replays to
 * move such letters to the queue (erasure-lease.ts). Then the queue is searched, then the letters, because an event of the queue
 * may have become one. If the lease ends too early, everything is repeated, a few times. A job that a worker holds is not
 * changed: its events are counted as `busy`, and the caller reports them.
 */
import { indexDigestsOf, QUEUE_INDEX_LUA } from '../../queue/id-index.js';
import { idText } from '../../queue/job.js';
import { type QueuedJob, readQueuedJobs } from '../../queue/queued-jobs.js';
import { type RedisScript, runScript } from '../../redis/script.js';
import { beginOperation } from './begin-operation.js';
import { openDiscard } from './discard.js';
import { ErasureLease } from './erasure-lease.js';
import type { LetterAccess, OperationAction, OperationOptions } from './execute-operation.js';
import { allIdsOf, dedupeIdOf, meansEvents } from './meant-events.js';
import type { OperationRecord } from './operation.js';
import { TELL_OPERATION_LUA } from './replay-job.js';

/** A job changes with each of its settlings. A job that changed this often counts as busy. */
const LOOKS_AT_A_JOB = 5;
/** How often everything is repeated before it is given up. */
const ROUNDS = 5;

/** The lease ended too early, each time. */
class ErasureUnsettledError extends Error {
  readonly code = 'ERASURE_UNSETTLED';
}

/**
 * KEYS[1] job   KEYS[2] its lock   KEYS[3] ledger   ARGV[1] data as read   ARGV[2] new data   ARGV[3] events to count as erased
 * ARGV[4] the job's id   ARGV[5] index digests of ids that are no longer in the job   ARGV[6] 1 if nothing is left of it
 * ARGV[7..] dedupe ids of all erased events
 * Returns 1; 0 if the job has changed, -1 if a worker holds it. Then nothing is done.
 */
const ERASE_FROM_JOB: RedisScript = {
  name: 'capiEraseFromJob',
  lua: `
local accountPrefix = string.sub(KEYS[3], 1, -7)
${TELL_OPERATION_LUA}
${QUEUE_INDEX_LUA}
if redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
if redis.call('HGET', KEYS[1], 'data') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[2])
redis.call('HINCRBY', KEYS[3], 'erased', ARGV[3])
dropEvents(accountPrefix .. 'queued:', ARGV[5], ARGV[4])
if ARGV[6] == '1' then endJob(accountPrefix .. 'queued:', ARGV[4]) end
local record = recordOf(KEYS[1])
if record then
  redis.call('HINCRBY', record, 'erased', #ARGV - 6)
  for at = 7, #ARGV do redis.call('HDEL', record .. ':events', ARGV[at]) end
end
return 1`,
};

export interface Erasure {
  /** Events removed from the queue. */
  readonly queued: number;
  /** Events that a worker held: they are sent, or can be erased a moment later. */
  readonly busy: number;
  /** The operation on the dead letters; absent if nothing was to be changed. */
  readonly letters: OperationRecord | undefined;
  /** Dead letters with the match key or the id. */
  readonly lettersFound: number;
  /** Ids of all these events, also from before a correction. */
  readonly dedupeIds: readonly string[];
  /** Ids of the events that a worker held. */
  readonly heldIds: readonly string[];
}

export interface ErasureOptions extends OperationOptions {
  /** SHA-256 of normalised values, 64 hex digits. */
  readonly hashes?: readonly string[];
  readonly dedupeIds?: readonly string[];
  /** Only counts. */
  readonly isDryRun: boolean;
}

export async function eraseEvents(
  access: LetterAccess,
  { hashes = [], dedupeIds = [], isDryRun, ...options }: ErasureOptions,
): Promise<Erasure> {
  const keys = hashes.map((hash) => hash.toLowerCase());
  const carries = meansEvents(keys, dedupeIds);
  const found: Found = { carries, ids: new Set(), heldIds: new Set() };
  if (isDryRun) {
    const queue = await eraseFromQueue(access, found);
    const lettersFound = (await lettersWith(access, found)).length;
    return { ...queue, letters: undefined, lettersFound, dedupeIds: [...found.ids], heldIds: [] };
  }
  const lease = new ErasureLease(access, [...keys, ...dedupeIds.map(idText)]);
  // The record of an erasure must not name the erased person.
  const because = keys.length === 0 ? 'by id' : `match key ${keys.map((hash) => `${hash.slice(0, 8)}…`).join(', ')}`;
  const action = whileLeased(openDiscard(access, 'erase', carries), lease);
  const erased = { queued: 0, lettersFound: 0 };
  let letters: OperationRecord | undefined;
  try {
    for (let round = 1; round <= ROUNDS; round += 1) {
      await lease.take();
      found.heldIds.clear();
      const { queued, busy } = await eraseFromQueue(access, found, lease);
      const ids = await lettersWith(access, found, lease);
      erased.queued += queued;
      if (!letters || ids.length > 0) {
        const { ended } = await beginOperation(access, action, { filter: { ids }, corrections: [], because }, options);
        letters = await ended;
        erased.lettersFound += letters.done;
      }
      if (letters.state !== 'done' || (await lease.isWhole())) {
        return { ...erased, busy, letters, dedupeIds: [...found.ids], heldIds: [...found.heldIds] };
      }
    }
    throw new ErasureUnsettledError(
      `${erased.queued} events and ${erased.lettersFound} dead letters are erased, but Redis was too slow or away each time: a replay may have moved others meanwhile. Run this again, with fewer ids or without a replay`,
    );
  } finally {
    await lease.end();
  }
}

function whileLeased(action: OperationAction, lease: ErasureLease): OperationAction {
  const take: OperationAction['take'] = async (letters, at) => {
    await lease.renew();
    return action.take(letters, at);
  };
  return { ...action, take };
}

/** What is erased, and the ids of the events found so far. */
interface Found {
  readonly carries: (value: unknown) => boolean;
  readonly ids: Set<string>;
  readonly heldIds: Set<string>;
}

async function lettersWith({ store }: LetterAccess, found: Found, lease?: ErasureLease): Promise<string[]> {
  const ids: string[] = [];
  for await (const { letter } of store.everyLetter()) {
    await lease?.renew();
    if (!found.carries(letter)) continue;
    ids.push(letter.id);
    for (const event of [letter.event, letter.original]) if (event) found.ids.add(event.clientDedupeId);
  }
  return ids;
}

/** @param lease undefined if nothing is to be changed */
async function eraseFromQueue(
  access: LetterAccess,
  found: Found,
  lease?: ErasureLease,
): Promise<Pick<Erasure, 'queued' | 'busy'>> {
  const counted = { queued: 0, busy: 0 };
  for await (const jobs of readQueuedJobs(access.store.account, access.connection)) {
    for (const job of jobs) {
      await lease?.renew();
      const { count, isErased, ids } = await eraseFromJob(access, job, found, lease === undefined);
      counted[isErased ? 'queued' : 'busy'] += count;
      if (!isErased) for (const id of ids) found.heldIds.add(id);
    }
  }
  return counted;
}

async function eraseFromJob(
  { store, connection }: LetterAccess,
  { id, data }: QueuedJob,
  found: Found,
  isDryRun: boolean,
): Promise<{ count: number; isErased: boolean; ids: readonly string[] }> {
  const key = store.keys.job + id;
  let text: string | null = data;
  let count = 0;
  let ids: string[] = [];
  for (let look = 0; look < LOOKS_AT_A_JOB; look += 1) {
    const job = text === null ? undefined : readEvents(text);
    const meant = new Set(job?.events.filter(found.carries));
    const gone = [...meant];
    ids = gone.map(dedupeIdOf);
    for (const known of gone.flatMap(allIdsOf)) found.ids.add(known);
    count = gone.length;
    if (text === null || !job || count === 0 || isDryRun) return { count, isErased: true, ids };
    const left = job.events.filter((entry) => !meant.has(entry));
    const isOurs = 'isCounted' in job;
    const rest = { ...job, ...(isOurs && { count: left.length }), events: left };
    const idsLeft = new Set(left.map(dedupeIdOf));
    const digests = indexDigestsOf(ids.filter((one) => !idsLeft.has(one)));
    const reply = await runScript(connection, {
      script: ERASE_FROM_JOB,
      keys: [key, `${key}:lock`, store.keys.ledger],
      args: [text, JSON.stringify(rest), isOurs ? count : 0, id, digests, left.length === 0 ? 1 : 0, ...ids],
    });
    if (reply === 1) return { count, isErased: true, ids };
    if (reply === -1) return { count, isErased: false, ids };
    text = await connection.hget(key, 'data');
  }
  return { count, isErased: false, ids };
}

/** An unreadable job is left to the worker: it becomes a dead letter `unreadable`, and is erased as that. */
function readEvents(data: string): { events: unknown[] } | undefined {
  try {
    const job: unknown = JSON.parse(data);
    if (typeof job === 'object' && job !== null && 'events' in job && Array.isArray(job.events)) {
      return { ...job, events: job.events };
    }
  } catch {
    // Not JSON: as above.
  }
  return undefined;
}
