/**
 * The lease of an erasure: while it lasts, no letter with one of its texts (match keys, ids) goes back to the queue.
 *
 * The script of a replay's step checks it (take-script.ts). It ends by itself, so that a process that dies blocks nothing. A
 * process that was stopped for longer than its lease detects that and starts again.
 */
import { randomBytes } from 'node:crypto';
import { TIME_LUA } from '../../redis/clock.js';
import { type RedisScript, runScript } from '../../redis/script.js';
import { ERASURE_TOKEN_BYTES } from '../take-script.js';
import type { LetterAccess } from './execute-operation.js';

const LEASE_MS = 30_000;
const RENEW_AFTER_MS = LEASE_MS / 3;
const MEMBERS_A_CALL = 1_000;

/**
 * KEYS[1] erasures (sorted set: `<token>:<text>` by the end of the lease)   ARGV[1] ms   ARGV[2..] members
 * Returns 1 if each of them was still held, else 0. All are held from now on.
 */
const HOLD: RedisScript = {
  name: 'capiHoldErasure',
  lua: `${TIME_LUA}
local held = 1
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 1)
for m = 2, #ARGV do
  if not redis.call('ZSCORE', KEYS[1], ARGV[m]) then held = 0 end
  redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[m])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return held`,
};

export class ErasureLease {
  readonly #access: Pick<LetterAccess, 'store' | 'connection'>;
  readonly #members: readonly string[];
  #isWhole = true;
  #renewedAtMs = 0;

  /** @param texts as written in a letter */
  constructor(access: Pick<LetterAccess, 'store' | 'connection'>, texts: readonly string[]) {
    const token = randomBytes(ERASURE_TOKEN_BYTES).toString('hex');
    this.#access = access;
    this.#members = texts.map((text) => `${token}:${text}`);
  }

  /** Takes the lease. From now on it has no gap. */
  async take(): Promise<void> {
    await this.#hold();
    this.#isWhole = true;
  }

  /** To be called before each job and letter; asks Redis when a third of the lease is over. */
  async renew(): Promise<void> {
    if (performance.now() - this.#renewedAtMs < RENEW_AFTER_MS) return;
    if ((await this.#hold()) !== 1) this.#isWhole = false;
  }

  /** Whether it was held without a gap since it was taken. */
  async isWhole(): Promise<boolean> {
    if ((await this.#hold()) !== 1) this.#isWhole = false;
    return this.#isWhole;
  }

  /** If Redis is unavailable, it ends by itself. */
  async end(): Promise<void> {
    const { store, connection } = this.#access;
    for (let start = 0; start < this.#members.length; start += MEMBERS_A_CALL) {
      const part = this.#members.slice(start, start + MEMBERS_A_CALL);
      await connection.zrem(store.keys.erasures, ...part).catch(() => undefined);
    }
  }

  async #hold(): Promise<unknown> {
    const { store, connection } = this.#access;
    const call = { script: HOLD, keys: [store.keys.erasures], args: [LEASE_MS, ...this.#members] };
    const reply = await runScript(connection, call);
    this.#renewedAtMs = performance.now();
    return reply;
  }
}
