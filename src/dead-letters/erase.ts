/**
 * Erasure: every event that carries a match key is taken off the queue and out of the dead letters, at the word of the
 * person it belongs to. What Amazon has accepted cannot be called back.
 *
 * A job that a worker holds is not touched; its events are counted as `busy` and the caller says so.
 */
import { readQueuedJobs } from '../queued-jobs.js';
import { type RedisScript, runScript } from '../redis-script.js';
import { openDiscard } from './discard.js';
import type { OperationRecord } from './operation.js';
import { type OperationOptions, type OperationParts } from './operation-pass.js';
import { TELL_OPERATION_LUA } from './replay-job.js';
import { beginOperation } from './run-operation.js';

/**
 * KEYS[1] job   KEYS[2] its lock   KEYS[3] ledger   ARGV[1] data as read   ARGV[2] data to be   ARGV[3] events to count as erased
 * ARGV[4..] the dedupe ids of all that are erased
 * Returns 1, 0 where the job has changed meanwhile, -1 where a worker holds it. Nothing is done then.
 */
const ERASE_FROM_JOB: RedisScript = {
  name: 'capiEraseFromJob',
  lua: `
local accountPrefix = string.sub(KEYS[3], 1, -7)
${TELL_OPERATION_LUA}
if redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
if redis.call('HGET', KEYS[1], 'data') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[2])
redis.call('HINCRBY', KEYS[3], 'erased', ARGV[3])
local record = recordOf(KEYS[1])
if record then
  redis.call('HINCRBY', record, 'erased', #ARGV - 3)
  for at = 4, #ARGV do redis.call('HDEL', record .. ':events', ARGV[at]) end
end
return 1`,
};

export interface Erasure {
  /** Events taken off the queue. */
  readonly queued: number;
  /** Events that a worker held: they are sent, or can be erased a moment later. */
  readonly busy: number;
  /** The operation over the dead letters; absent where nothing was to be changed. */
  readonly letters: OperationRecord | undefined;
  /** Dead letters that carry the match key. */
  readonly lettersFound: number;
}

export interface ErasureOptions extends OperationOptions {
  /** SHA-256 of normalised values, 64 hex digits. */
  readonly hashes: readonly string[];
  /** Only counts. */
  readonly isDryRun: boolean;
}

export async function eraseEvents(
  parts: OperationParts,
  { hashes, isDryRun, ...options }: ErasureOptions,
): Promise<Erasure> {
  const wanted = hashes.map((hash) => hash.toLowerCase());
  const carries = (value: unknown) => {
    const text = JSON.stringify(value) ?? '';
    return wanted.some((hash) => text.includes(hash));
  };
  const queue = await eraseFromQueue(parts, carries, isDryRun);
  const ids: string[] = [];
  for await (const letter of parts.store.find({})) if (carries(letter)) ids.push(letter.id);
  if (isDryRun) return { ...queue, letters: undefined, lettersFound: ids.length };
  const because = `match key ${wanted.map((hash) => `${hash.slice(0, 8)}…`).join(', ')}`;
  const work = openDiscard(parts, 'erase', carries);
  const { ended } = await beginOperation(parts, work, { filter: { ids }, corrections: [], because }, options);
  const letters = await ended;
  return { ...queue, letters, lettersFound: letters.done };
}

async function eraseFromQueue(
  { store, connection }: OperationParts,
  carries: (value: unknown) => boolean,
  isDryRun: boolean,
): Promise<Pick<Erasure, 'queued' | 'busy'>> {
  let queued = 0;
  let busy = 0;
  for await (const jobs of readQueuedJobs(store.account, connection)) {
    for (const { id, data } of jobs) {
      const job = readEvents(data);
      const gone = job?.events.filter(carries) ?? [];
      const count = gone.length;
      if (!job || count === 0) continue;
      const left = job.events.filter((entry) => !gone.includes(entry));
      const key = store.keys.job + id;
      const reply = isDryRun
        ? 1
        : await runScript(connection, {
            script: ERASE_FROM_JOB,
            keys: [key, `${key}:lock`, store.keys.ledger],
            args: [
              data,
              JSON.stringify({ ...job, events: left }),
              'isCounted' in job ? count : 0,
              ...gone.map(dedupeIdOf),
            ],
          });
      if (reply === 1) queued += count;
      else busy += count;
    }
  }
  return { queued, busy };
}

/** '' where an entry is no event of ours. */
function dedupeIdOf(entry: unknown): string {
  const event = typeof entry === 'object' && entry !== null && 'event' in entry ? entry.event : undefined;
  return typeof event === 'object' && event !== null && 'clientDedupeId' in event ? String(event.clientDedupeId) : '';
}

/** A job that makes no sense is left to the worker: it becomes a dead letter `unreadable`, and is erased as that. */
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
