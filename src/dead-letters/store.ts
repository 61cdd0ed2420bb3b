/**
 * Where dead letters rest: BullMQ jobs in the account's queue `dead-letters`, and a sorted set of ids a reason.
 *
 * The sets answer "how many", "how old" and "which of that reason since then" without touching the letters; they are
 * written in the transaction that writes the letters, and writing one twice changes nothing.
 */
import type { Queue } from 'bullmq';
import { DEAD_REASONS, type DeadReason } from '../mapping/outcome.js';
import { type AccountKeys, DEAD_LETTERS_QUEUE, keysOf, openQueue, prefixOf } from '../queue.js';
import type { RedisConnection } from '../redis.js';
import type { ScriptCall } from '../redis-script.js';
import { type LetterFilter, matchesFilter } from './filter.js';
import { type DeadLetter, readLetter } from './letter.js';

const PAGE = 200;

/**
 * KEYS a sorted set a reason   ARGV: place of the key, time of death, id; …
 * Returns 1.
 */
const INDEX_LUA = `
for i = 1, #ARGV, 3 do redis.call('ZADD', KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2]) end
return 1`;

/** Lists new letters in their reasons' sets, as part of the transaction that writes them. */
export function indexLetters(keys: AccountKeys, letters: readonly DeadLetter[]): ScriptCall {
  const reasons = [...new Set(letters.map(({ reason }) => reason))];
  return {
    script: { name: 'capiIndexLetters', lua: INDEX_LUA },
    keys: reasons.map((reason) => keys.letters + reason),
    args: letters.flatMap(({ reason, diedAt, id }) => [reasons.indexOf(reason) + 1, diedAt, id]),
  };
}

export class LetterStore {
  readonly account: string;
  #queue: Queue | undefined;
  readonly #connection: RedisConnection;
  readonly #keys: AccountKeys;

  constructor(account: string, connection: RedisConnection) {
    this.account = account;
    this.#connection = connection;
    this.#keys = keysOf(account);
  }

  async counts(): Promise<Record<DeadReason, number>> {
    const pairs = await Promise.all(
      DEAD_REASONS.map(async (reason) => [reason, await this.#connection.zcard(this.#keys.letters + reason)] as const),
    );
    return Object.fromEntries(pairs) as Record<DeadReason, number>;
  }

  /** When the oldest letter died, epoch milliseconds; undefined where there is none. */
  async oldest(): Promise<number | undefined> {
    const scores = await Promise.all(
      DEAD_REASONS.map((reason) => this.#connection.zrange(this.#keys.letters + reason, '0', '0', 'WITHSCORES')),
    );
    const times = scores.flatMap(([, score]) => (score === undefined ? [] : [Number(score)]));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** The letters that match, oldest first within a reason, read in pages: memory stays flat however many there are. */
  async *find(filter: LetterFilter): AsyncGenerator<DeadLetter> {
    if (filter.ids) {
      for (const letter of await this.#read([...new Set(filter.ids)])) if (matchesFilter(letter, filter)) yield letter;
      return;
    }
    for (const reason of filter.reasons ?? DEAD_REASONS) {
      for await (const ids of this.#idsOf(reason, filter)) {
        const letters = await this.#read(ids);
        if (letters.length < ids.length) await this.#forget(reason, ids, letters);
        for (const letter of letters) if (matchesFilter(letter, filter)) yield letter;
      }
    }
  }

  /** Ids without a letter are left over from a removal that was interrupted. */
  async #forget(reason: DeadReason, ids: readonly string[], letters: readonly DeadLetter[]): Promise<void> {
    const found = new Set(letters.map(({ id }) => id));
    await this.#connection.zrem(this.#keys.letters + reason, ...ids.filter((id) => !found.has(id)));
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    return (await this.#read([id]))[0];
  }

  /** Takes letters out for good. The caller has put their events elsewhere, or was told to throw them away. */
  async remove(letters: readonly DeadLetter[]): Promise<void> {
    this.#queue ??= openQueue(this.account, DEAD_LETTERS_QUEUE, this.#connection);
    const queue = this.#queue;
    await Promise.all(letters.map(({ id }) => queue.remove(id)));
    const pipeline = this.#connection.pipeline();
    for (const { reason, id } of letters) pipeline.zrem(this.#keys.letters + reason, id);
    await pipeline.exec();
  }

  async close(): Promise<void> {
    await this.#queue?.close();
  }

  /** Pages by (time of death, id) and not by rank: letters are taken out while we walk. */
  async *#idsOf(reason: DeadReason, { sinceMs = 0, untilMs }: LetterFilter): AsyncGenerator<string[]> {
    const key = this.#keys.letters + reason;
    const most = untilMs === undefined ? '+inf' : String(untilMs);
    let from = sinceMs;
    let seen = new Set<string>();
    for (;;) {
      const page = await this.#connection.zrangebyscore(key, from, most, 'WITHSCORES', 'LIMIT', 0, PAGE + seen.size);
      const ids: string[] = [];
      let last = from;
      for (let place = 0; place < page.length; place += 2) {
        const id = page[place] ?? '';
        const score = Number(page[place + 1]);
        if (score > last) seen = new Set();
        last = score;
        if (!seen.has(id)) ids.push(id);
        seen.add(id);
      }
      if (ids.length === 0) return;
      yield ids;
      from = last;
    }
  }

  async #read(ids: readonly string[]): Promise<DeadLetter[]> {
    const pipeline = this.#connection.pipeline();
    for (const id of ids) pipeline.hget(`${prefixOf(this.account)}:${DEAD_LETTERS_QUEUE}:${id}`, 'data');
    const replies = (await pipeline.exec()) ?? [];
    return replies.flatMap(([, data], place) =>
      typeof data === 'string' ? [readLetter(ids[place] ?? '', this.account, data)] : [],
    );
  }
}
