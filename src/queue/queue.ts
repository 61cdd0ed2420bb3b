/**
 * The contract between the rooms: queue names and key layout (job.ts has a job's bytes).
 *
 * Producer and worker share nothing else. All keys of an account have the hash tag `{capi:<account>}`, so they are in one slot of
 * a Redis Cluster and can change in one transaction.
 *
 * We rely on this in BullMQ beyond its documented API, and test/redis/settling.test.ts checks it: a job is the hash
 * `<prefix>:<queue>:<id>` with its JSON in the field `data`, and its lock is the string `<that key>:lock`.
 */
import { type JobsOptions, Queue } from 'bullmq';
import type { RedisConnection } from '../redis/connect.js';
import type { ScriptCall } from '../redis/script.js';

export const CONVERSIONS_QUEUE = 'conversions';
export const DEAD_LETTERS_QUEUE = 'dead-letters';
/** Where BullMQ keeps jobs with a priority, which all dead letters have; follows `AccountKeys.letter`. */
export const LETTER_JOBS = 'prioritized';

/** A durable count of events by account. `capi-forwarder status` and the conservation alert balance it. */
export const LEDGER_FIELDS = [
  'enqueued',
  'replayed',
  'delivered',
  'duplicate',
  'dead_lettered',
  // Removed from the queue by a person; erased dead letters count as discarded.
  'erased',
  'discarded',
] as const;
export type LedgerField = (typeof LEDGER_FIELDS)[number];

export function prefixOf(account: string): string {
  return `{capi:${account}}`;
}

export interface AccountKeys {
  readonly ledger: string;
  /** The last time that Redis lost acknowledged writes. */
  readonly lostWrites: string;
  readonly gate: string;
  readonly rate: string;
  /** Shelves of dead letters, sorted sets by time of failure: this text and the shelf's id. */
  readonly letters: string;
  /** What each shelf contains, by its id. */
  readonly shelves: string;
  /** Records of operations on dead letters: this text and the operation's id. */
  readonly operation: string;
  /** Ids of operations by their start time. */
  readonly operations: string;
  /** Exists while a worker serves the account. */
  readonly worker: string;
  /** When a person consented to the account's refresh token. */
  readonly refreshToken: string;
  /** Match keys and ids that are being erased, by the end of their lease: letters with these must not go back to the queue. */
  readonly erasures: string;
  /** Received events by match key and consent, a hash a day: this text and the day, counted from 1970. */
  readonly coverage: string;
  /** How far the account's shops are reconciled, and totals; followed by `:<source>:`, what is known of its orders. */
  readonly reconcile: string;
  /** Who did what to dead letters: a stream. */
  readonly history: string;
  /** The index of queued events by id: this text, and a group of jobs or `groups` (id-index.ts). */
  readonly queuedIds: string;
  /** Other names of orders: this text, a day and two letters (alias-index.ts). */
  readonly aliases: string;
  /** Rejected ids, from every intake: this text and a day (refusal-index.ts). */
  readonly refused: string;
  /** The index of dead letters by id: this text and a bucket (id-index.ts). */
  readonly letterIds: string;
  /** The window's keys: this text and, for a bucket, three letters (window/layout.ts). */
  readonly window: string;
  /** The account's queue: this text and a job's id. */
  readonly job: string;
  /** The account's dead letters: this text and a letter's id. */
  readonly letter: string;
}

export function keysOf(account: string): AccountKeys {
  const prefix = prefixOf(account);
  return {
    ledger: `${prefix}:ledger`,
    lostWrites: `${prefix}:lost-writes`,
    gate: `${prefix}:gate`,
    rate: `${prefix}:rate`,
    letters: `${prefix}:letters:`,
    shelves: `${prefix}:shelves`,
    operation: `${prefix}:operation:`,
    operations: `${prefix}:operations`,
    worker: `${prefix}:worker`,
    refreshToken: `${prefix}:refresh-token`,
    erasures: `${prefix}:erasures`,
    coverage: `${prefix}:coverage:`,
    reconcile: `${prefix}:reconcile`,
    history: `${prefix}:history`,
    queuedIds: `${prefix}:queued:`,
    letterIds: `${prefix}:dead:`,
    aliases: `${prefix}:aliases:`,
    refused: `${prefix}:refused:`,
    window: `${prefix}:window:`,
    job: `${prefix}:${CONVERSIONS_QUEUE}:`,
    letter: `${prefix}:${DEAD_LETTERS_QUEUE}:`,
  };
}

export function openQueue(account: string, name: string, connection: RedisConnection): Queue {
  const queue = new Queue(name, {
    connection,
    prefix: prefixOf(account),
    skipMetasUpdate: true,
    defaultJobOptions: { removeOnComplete: true },
  });
  // Every command rejects on its own; without a listener this event would end the process.
  queue.on('error', () => undefined);
  return queue;
}

export interface NewJob {
  readonly data?: unknown;
  /** The data as JSON, if available; `data` is then ignored. */
  readonly text?: string;
  /** Set if the same job may be added twice: the second is then a no-op. */
  readonly jobId?: string;
  readonly options?: JobsOptions;
}

/**
 * KEYS[1] the ledger; ARGV: field, count, field, count, …
 * Returns 1.
 */
const COUNT_LUA = `
for i = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1`;

export function countInLedger(account: string, counts: Partial<Record<LedgerField, number>>): ScriptCall {
  return {
    script: { name: 'capiCountInLedger', lua: COUNT_LUA },
    keys: [keysOf(account).ledger],
    args: Object.entries(counts).flat(),
  };
}
