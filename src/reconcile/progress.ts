/**
 * How far an account's shop is reconciled, and who does it now, in Redis.
 *
 * `reconcile`, a hash of the account: `<source>:until`, up to when all orders were looked at; `<source>:ranAt`, when a pass
 * last ended well. Both by Redis's clock. `reconcile:<source>:running` is the lease of the process that runs a pass: two at
 * once would count what both find missing.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { keysOf } from '../queue/queue.js';
import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import type { WebhookPlatform } from '../settings/webhook-senders.js';

/** A process that was killed is followed by another after this time. */
const LEASE_MS = 15_000;
const RENEW_MS = 4_000;
const ASK_MS = 250;
const PATIENCE_MS = 2 * LEASE_MS;

/**
 * KEYS[1] the lease   ARGV[1] owner   ARGV[2] ms
 * Returns 1 where the owner has it now, new or renewed.
 */
const TAKE_LEASE: RedisScript = {
  name: 'capiTakeReconcile',
  lua: `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`,
};

/** KEYS[1] the lease   ARGV[1] owner. Returns nothing of use. */
const DROP_LEASE: RedisScript = {
  name: 'capiDropReconcile',
  lua: `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`,
};

/** Another process runs a pass for the same shop. */
class ReconcileBusyError extends Error {
  readonly code = 'RECONCILE_BUSY';
}

export class Progress {
  readonly #connection: RedisConnection;
  readonly #account: string;
  readonly #source: WebhookPlatform;
  readonly #key: string;
  readonly #lease: string;

  constructor(account: string, source: WebhookPlatform, connection: RedisConnection) {
    this.#connection = connection;
    this.#account = account;
    this.#source = source;
    const { reconcile } = keysOf(account);
    this.#key = reconcile;
    this.#lease = `${reconcile}:${source}:running`;
  }

  /** Up to when all orders were looked at, epoch milliseconds; undefined where no pass has ended. */
  async until(): Promise<number | undefined> {
    const until = await this.#connection.hget(this.#key, `${this.#source}:until`);
    return until === null ? undefined : Number(until);
  }

  /** @param untilMs orders that changed before were all looked at */
  async note(untilMs: number, ranAtMs: number): Promise<void> {
    const known = await this.until();
    const until = Math.max(untilMs, known ?? untilMs);
    await this.#connection.hset(this.#key, { [`${this.#source}:until`]: until, [`${this.#source}:ranAt`]: ranAtMs });
  }

  /**
   * Runs a pass while nobody else does for this shop.
   *
   * @throws ReconcileBusyError where another process keeps at it
   */
  async alone<Result>(signal: AbortSignal, pass: () => Promise<Result>): Promise<Result> {
    const owner = randomUUID();
    const take = async () => {
      const call = { script: TAKE_LEASE, keys: [this.#lease], args: [owner, LEASE_MS] };
      return (await runScript(this.#connection, call)) === 1;
    };
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await take())) {
      if (Date.now() > deadline) {
        throw new ReconcileBusyError(`another process reconciles ${this.#source} of account ${this.#account}`);
      }
      await sleep(ASK_MS, undefined, { signal });
    }
    // A renewal that fails is made up for by the next; a Redis that is away ends the pass by itself.
    const renewing = setInterval(() => void take().catch(() => undefined), RENEW_MS);
    try {
      return await pass();
    } finally {
      clearInterval(renewing);
      // It ends by itself where Redis is away.
      await runScript(this.#connection, { script: DROP_LEASE, keys: [this.#lease], args: [owner] }).catch(
        () => undefined,
      );
    }
  }
}
