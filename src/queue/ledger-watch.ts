/**
 * Detects lost writes: the ledger's counts only grow, unless Redis lost writes (a failover without replicas, a restart without
 * its log, FLUSHALL).
 *
 * An accepted count below what this process has acknowledged means that acknowledged events are gone. This is counted, logged,
 * and stored in Redis for `status` and `check`. If counts of ended events go back, that is logged: such events are sent again
 * under their ids, and Amazon counts them once.
 */

import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import type { Logger } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { keysOf, LEDGER_FIELDS, type LedgerField } from './queue.js';

type Ledger = Readonly<Record<LedgerField, number>>;

/** What the ledger had accepted at one moment, as far as known. */
export interface Mark {
  readonly accepted: number;
  /** How many losses were known then: a write that began before a loss is not compared with counts after it. */
  readonly losses: number;
}

interface LedgerWatchOptions {
  readonly account: string;
  readonly connection: RedisConnection;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export class LedgerWatch {
  readonly #options: LedgerWatchOptions;
  #accepted = 0;
  #losses = 0;
  #isSuspected = false;
  #lastRead: Ledger | undefined;

  constructor(options: LedgerWatchOptions) {
    this.#options = options;
  }

  /** To be read before a write or a reading begins. */
  get mark(): Mark {
    return { accepted: this.#accepted, losses: this.#losses };
  }

  /** @param accepted the ledger's count after an acknowledged write of this many events */
  noteWrite(before: Mark, accepted: number, eventCount: number): void {
    this.#demand(before, accepted - eventCount);
    this.#accepted = Math.max(this.#accepted, accepted);
  }

  /** A loss is reported when it is read twice: one reading may come from a master that was just replaced. */
  noteReading(before: Mark, ledger: Ledger): void {
    const isBelow = ledger.enqueued < before.accepted;
    if (isBelow && this.#isSuspected) this.#demand(before, ledger.enqueued);
    this.#isSuspected = isBelow;
    const { account, log } = this.#options;
    for (const field of LEDGER_FIELDS) {
      const count = (this.#lastRead?.[field] ?? 0) - ledger[field];
      if (field !== 'enqueued' && count > 0) log.warn('ledger.settled_went_back', { account, reason: field, count });
    }
    this.#lastRead = ledger;
  }

  /** Each loss is reported once, by whatever notices it first. */
  #demand(before: Mark, accepted: number): void {
    const lost = before.accepted - accepted;
    if (lost <= 0 || before.losses !== this.#losses) return;
    this.#losses += 1;
    this.#accepted = accepted;
    const { account, connection, metrics, log } = this.#options;
    metrics.ledgerWentBack.inc({ account });
    log.error('ledger.went_back', { account, count: lost });
    const call = { script: RECORD_LOSS, keys: [keysOf(account).lostWrites], args: [lost] };
    // Metric and log have it. Redis may still be in trouble.
    runScript(connection, call).catch((err: unknown) => log.warn('ledger.loss_not_recorded', { account, err }));
  }
}

/** For `status` and `check`: the last time that Redis lost acknowledged events. */
export interface LostWrites {
  /** By the clock of Redis, epoch milliseconds. */
  readonly atMs: number;
  /** At least this many events. */
  readonly count: number;
}

export async function readLostWrites(account: string, connection: RedisConnection): Promise<LostWrites | undefined> {
  const [atMs, count] = await connection.hmget(keysOf(account).lostWrites, 'at', 'count');
  return typeof atMs === 'string' ? { atMs: Number(atMs), count: Number(count) } : undefined;
}

const REMEMBERED_MS = 30 * 24 * 3_600_000;
/** Several intakes notice the same loss, each by its own acknowledged writes. */
const SAME_LOSS_MS = 600_000;

/**
 * KEYS[1] the record   ARGV[1] events lost
 * Returns 1.
 */
const RECORD_LOSS: RedisScript = {
  name: 'capiRecordLoss',
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'at', 'count')
local count = tonumber(ARGV[1])
if known[1] and now - tonumber(known[1]) < ${SAME_LOSS_MS} then count = math.max(count, tonumber(known[2])) end
redis.call('HSET', KEYS[1], 'at', string.format('%.0f', now), 'count', count)
redis.call('PEXPIRE', KEYS[1], ${REMEMBERED_MS})
return 1`,
};
