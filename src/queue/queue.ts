/**
 * The contract between the rooms: queue names, key layout (job.ts has a job's bytes).
 *
 * Producer and worker share nothing else. All keys of an account carry the hash tag `{capi:<account>}`, so they lie in
 * one slot of a Redis Cluster and can change in one transaction.
 *
 * What we rely on in BullMQ beyond its documented API, and test/redis/settling.test.ts with it: a job is the hash
 * `<prefix>:<queue>:<id>` with its JSON in the field `data`, and its lock is the string `<that key>:lock`.
 */
import { type JobsOptions, Queue } from 'bullmq';
import type { RedisConnection } from '../redis/connect.js';
import type { ScriptCall } from '../redis/script.js';

export const CONVERSIONS_QUEUE = 'conversions';
export const DEAD_LETTERS_QUEUE = 'dead-letters';
/** Where BullMQ keeps jobs that have a priority, as all dead letters have; follows `AccountKeys.letter`. */
export const LETTER_JOBS = 'prioritized';

/** A durable count of events by account; `capi-forwarder status` and the conservation alert balance it. */
export const LEDGER_FIELDS = [
  'enqueued',
  'replayed',
  'delivered',
  'duplicate',
  'dead_lettered',
  // Taken off the queue at a person's word; erased dead letters count as discarded.
  'erased',
  'discarded',
] as const;
export type LedgerField = (typeof LEDGER_FIELDS)[number];

export function prefixOf(account: string): string {
  return `{capi:${account}}`;
}

export interface AccountKeys {
  readonly ledger: string;
  /** The last time that Redis lost writes which were acknowledged. */
  readonly lostWrites: string;
  readonly gate: string;
  readonly rate: string;
  /** Shelves of dead letters are this text and the shelf's id: sorted sets by time of death. */
  readonly letters: string;
  /** What the shelves hold, by their ids. */
  readonly shelves: string;
  /** Records of operations on dead letters are this text and the operation's id. */
  readonly operation: string;
  /** Ids of operations by the time they began. */
  readonly operations: string;
  /** There while a worker serves the account. */
  readonly worker: string;
  /** When a person consented to the account's refresh token. */
  readonly refreshToken: string;
  /** Letters with these must not go back to the queue: match keys and ids that are being erased, by the end of their lease. */
  readonly erasures: string;
  /** What came in by match key and consent: a hash a day is this text and the day, counted from 1970. */
  readonly coverage: string;
  /** How far the account's shops are reconciled, and totals; followed by `:<source>:`, what is known of its orders. */
  readonly reconcile: string;
  /** Who did what to dead letters: a stream. */
  readonly history: string;
  /** The index of queued events by id: this text, and a group of jobs or `groups` (id-index.ts). */
  readonly queuedIds: string;
  /** Other names of orders: this text, a day and two letters (alias-index.ts). */
  readonly aliases: string;
  /** Ids that were refused, wherever they came in: this text and a day (refusal-index.ts). */
  readonly refused: string;
  /** The index of dead letters by id, likewise. */
  readonly letterIds: string;
  /** Buckets of the window are this text and a number. */
  readonly window: string;
  /** The accounts' queue, followed by a job's id. */
  readonly job: string;
  /** The accounts' dead letters, followed by a letter's id. */
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
  // Every command rejects on its own; without a listener the event would end the process.
  queue.on('error', () => undefined);
  return queue;
}

export interface NewJob {
  readonly data?: unknown;
  /** The data as JSON, where it is at hand; `data` is not looked at then. */
  readonly text?: string;
  /** Given where the same job may be added twice: the second is then a no-op. */
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

/** Counts events in the ledger. */
export function countInLedger(account: string, counts: Partial<Record<LedgerField, number>>): ScriptCall {
  return {
    script: { name: 'capiCountInLedger', lua: COUNT_LUA },
    keys: [keysOf(account).ledger],
    args: Object.entries(counts).flat(),
  };
}
