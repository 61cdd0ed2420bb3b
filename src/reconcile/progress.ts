/**
 * How far an account's shop is reconciled, and which process does it now, in Redis.
 *
 * `reconcile` is a hash of the account: `<source>:until`, the time up to which all orders were read; `<source>:ranAt`,
 * when a pass last succeeded. Both by Redis's clock. `reconcile:<source>:running` is the lease of the process that runs
 * a pass: two passes at once would count the same missing orders twice.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { keysOf } from '../queue/queue.js';
import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import type { WebhookPlatform } from '../settings/webhook-senders.js';

/** After a process was killed, another one can start after this time. */
const LEASE_MS = 15_000;
const RENEW_MS = 4_000;
const ASK_MS = 250;
const PATIENCE_MS = 2 * LEASE_MS;

/**
 * KEYS[1] the lease   ARGV[1] owner   ARGV[2] ms Returns 1 if the owner has it now, new or renewed.
 */
const TAKE_LEASE: RedisScript = {
  name: 'capiTakeReconcile',
  lua: `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`,
};

/** KEYS[1] the lease   ARGV[1] owner. The result is not used. */
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

  /** The time up to which all orders were read, epoch milliseconds. Undefined if no pass has ended. */
  async until(): Promise<number | undefined> {
    const until = await this.#connection.hget(this.#key, `${this.#source}:until`);
    return until === null ? undefined : Number(until);
  }

  /** @param untilMs all orders that changed before were read */
  async note(untilMs: number, ranAtMs: number): Promise<void> {
    const known = await this.until();
    const until = Math.max(untilMs, known ?? untilMs);
    await this.#connection.hset(this.#key, { [`${this.#source}:until`]: until, [`${this.#source}:ranAt`]: ranAtMs });
  }

  /**
   * Runs a pass under the lease, so that no other process does for this shop.
   *
   * @throws ReconcileBusyError if another process keeps the lease
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
    // If a renewal fails, the next one makes up for it. If Redis is down, the pass fails by itself.
    const renewing = setInterval(() => void take().catch(() => undefined), RENEW_MS);
    try {
      return await pass();
    } finally {
      clearInterval(renewing);
      // The lease expires by itself if Redis is down.
      await runScript(this.#connection, { script: DROP_LEASE, keys: [this.#lease], args: [owner] }).catch(
        () => undefined,
      );
    }
  }
}
