/**
 * The store of dead letters: BullMQ jobs in the account's queue `dead-letters`, listed on shelves (shelf.ts).
 *
 * It only reads. Letters are changed by an operation (begin-operation.ts), an edit or an import.
 */
import { DEAD_REASONS, type DeadReason } from '../mapping/outcome.js';
import { type AccountKeys, keysOf, LETTER_JOBS } from '../queue/queue.js';
import { redisNowMs } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { runScript } from '../redis/script.js';
import { isShelfMeant, type LetterFilter, matchesFilter } from './filter.js';
import { type DeadLetter, type FoundLetter, readLetter, restsSince } from './letter.js';
import { causeText, idOfMember, memberOf, readShelf, type Shelf, shelfOf } from './shelf.js';
import { countLetters } from './shelf-scripts.js';
import { inOrder, type LetterPlace, type ListedLetter, type ListOrder, SEARCH_PIECE, walkShelves } from './walk.js';

/** Letters read at once; at about 2 kB each a piece stays below a megabyte. */
const PIECE = 200;

export interface LetterPage {
  readonly letters: DeadLetter[];
  /** Where the next page starts; undefined on the last page. */
  readonly next: string | undefined;
}

/** A shelf with its letters inside a filter's time. */
export interface ShelfSummary {
  readonly shelf: Shelf;
  readonly count: number;
  /** Epoch milliseconds. */
  readonly oldestMs: number;
  readonly newestMs: number;
  /** Id of the newest. */
  readonly sample: string;
}

export class LetterStore {
  readonly account: string;
  readonly keys: AccountKeys;
  readonly #connection: RedisConnection;

  constructor(account: string, connection: RedisConnection) {
    this.account = account;
    this.keys = keysOf(account);
    this.#connection = connection;
  }

  /** The time for dates of letters: Redis's, epoch milliseconds. */
  nowMs(): Promise<number> {
    return redisNowMs(this.#connection, this.keys.shelves);
  }

  /** Number of letters of each reason. */
  async counts(): Promise<Record<DeadReason, number>> {
    const counts = Object.fromEntries(DEAD_REASONS.map((reason) => [reason, 0])) as Record<DeadReason, number>;
    for (const { shelf, count } of await this.shelves({})) counts[shelf.reason] += count;
    return counts;
  }

  /** Since when the oldest letter is here, epoch milliseconds; undefined if there is none. */
  async oldest(): Promise<number | undefined> {
    const times = (await this.shelves({})).map(({ oldestMs }) => oldestMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async count(filter: LetterFilter): Promise<number> {
    let count = 0;
    if (filter.ids) for await (const _ of this.list(filter)) count += 1;
    else for (const summary of await this.shelves(filter)) count += summary.count;
    return count;
  }

  /** Shelves with matching letters; a filter's ids are ignored. */
  async shelves(filter: LetterFilter): Promise<ShelfSummary[]> {
    const summaries = await this.#summaries(filter);
    const { text } = filter;
    if (!text) return summaries;
    const matching = await Promise.all(summaries.map((summary) => this.#matching(summary, { ...filter, text })));
    return matching.filter((summary) => summary !== undefined);
  }

  async #summaries(filter: LetterFilter): Promise<ShelfSummary[]> {
    const shelves = await this.#shelvesOf(filter);
    const pipeline = this.#connection.pipeline();
    const since = filter.sinceMs ?? '-inf';
    const until = filter.untilMs ?? '+inf';
    for (const { id } of shelves) {
      const key = this.keys.letters + id;
      pipeline.zcount(key, since, until);
      pipeline.zrangebyscore(key, since, until, 'WITHSCORES', 'LIMIT', 0, 1);
      pipeline.zrevrangebyscore(key, until, since, 'WITHSCORES', 'LIMIT', 0, 1);
    }
    const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => {
      if (error) throw error;
      return reply;
    });
    return shelves.flatMap((shelf, place) => {
      const [count, oldest, newest] = replies.slice(place * 3, place * 3 + 3);
      const [, oldestMs] = textsOf(oldest);
      const [member, newestMs] = textsOf(newest);
      if (oldestMs === undefined || member === undefined) return [];
      return [
        {
          shelf,
          count: Number(count),
          oldestMs: Number(oldestMs),
          newestMs: Number(newestMs),
          sample: idOfMember(member),
        },
      ];
    });
  }

  /** The part of a shelf that contains a text; undefined for nothing. */
  async #matching(
    { shelf, count }: ShelfSummary,
    { text, sinceMs }: LetterFilter & { readonly text: string },
  ): Promise<ShelfSummary | undefined> {
    const key = this.keys.letters + shelf.id;
    const start = sinceMs === undefined ? 0 : await this.#connection.zcount(key, '-inf', `(${sinceMs}`);
    let found: ShelfSummary | undefined;
    for (let first = start; first < start + count; first += SEARCH_PIECE) {
      const last = Math.min(first + SEARCH_PIECE, start + count) - 1;
      const call = countLetters(key, { first, last, text: text.toLowerCase() });
      const [number = 0, , oldestMs, newest, newestMs] = textsOf(await runScript(this.#connection, call));
      if (newest === undefined) continue;
      found = {
        shelf,
        count: (found?.count ?? 0) + Number(number),
        oldestMs: found?.oldestMs ?? Number(oldestMs),
        newestMs: Number(newestMs),
        sample: idOfMember(newest),
      };
    }
    return found;
  }

  /** The matching letters, oldest first, read in pieces: memory use does not depend on their number. */
  async *find(filter: LetterFilter, after?: LetterPlace): AsyncGenerator<DeadLetter> {
    for await (const { letter } of this.look(filter, after)) yield letter;
  }

  /** Like `find`, with the letters as stored. */
  async *look(filter: LetterFilter, after?: LetterPlace): AsyncGenerator<FoundLetter> {
    let piece: ListedLetter[] = [];
    for await (const listed of this.list(filter, { isNewestFirst: false, after })) {
      piece.push(listed);
      if (piece.length < PIECE) continue;
      yield* await this.#readListed(piece);
      piece = [];
    }
    yield* await this.#readListed(piece);
  }

  /** The given letters that still exist and still match. */
  async lookAgain(letters: readonly FoundLetter[], filter: LetterFilter): Promise<FoundLetter[]> {
    const found = await this.#read(letters.map(({ letter }) => letter.id));
    return found.filter(({ letter }) => matchesFilter(letter, filter));
  }

  /**
   * Every letter that exists now, whatever happens during the walk, in no promised order. An edit may move a letter from a later
   * shelf of a walk to an earlier one; in BullMQ's own set it never moves.
   */
  async *everyLetter(): AsyncGenerator<FoundLetter> {
    const jobs = this.keys.letter + LETTER_JOBS;
    const [, last] = await this.#connection.zrevrange(jobs, 0, 0, 'WITHSCORES');
    if (last === undefined) return;
    for (let from: string | undefined = '-inf'; from !== undefined; ) {
      const piece: string[] = await this.#connection.zrangebyscore(jobs, from, last, 'WITHSCORES', 'LIMIT', 0, PIECE);
      yield* await this.#read(piece.filter((_, place) => place % 2 === 0));
      const behind = piece.at(-1);
      from = behind === undefined ? undefined : `(${behind}`;
    }
  }

  /** A page of the matching letters, newest first. */
  async page(filter: LetterFilter, { limit, cursor }: { limit: number; cursor?: string }): Promise<LetterPage> {
    const listed: ListedLetter[] = [];
    for await (const letter of this.list(filter, { isNewestFirst: true, after: readCursor(cursor) })) {
      listed.push(letter);
      if (listed.length > limit) break;
    }
    const shown = listed.slice(0, limit);
    const last = listed.length > limit ? shown.at(-1) : undefined;
    const found = await this.#readListed(shown);
    return { letters: found.map(({ letter }) => letter), next: last && cursorOf(last) };
  }

  /** What the shelves say of the matching letters, without reading the letters. */
  async *list(filter: LetterFilter, order: ListOrder = { isNewestFirst: false }): AsyncGenerator<ListedLetter> {
    if (filter.ids) {
      yield* inOrder(await this.#listByIds([...new Set(filter.ids)], filter), order);
      return;
    }
    const { sinceMs, untilMs, text } = filter;
    const options = { ...order, sinceMs, untilMs, text, piece: PIECE };
    yield* walkShelves(this.#connection, this.keys.letters, await this.#shelvesOf(filter), options);
  }

  /** Amazon's words, by cause, if there still are letters of these causes. */
  async causeWords(causes: readonly string[]): Promise<Record<string, string>> {
    const shelves = await this.#shelvesOf({ causes });
    return Object.fromEntries(shelves.map((shelf) => [shelf.causeId, causeText(shelf)]));
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    return (await this.#read([id]))[0]?.letter;
  }

  /** A letter's data as stored in Redis; undefined if there is none. */
  async text(id: string): Promise<string | undefined> {
    return (await this.#connection.hget(this.keys.letter + id, 'data')) ?? undefined;
  }

  async #listByIds(ids: readonly string[], filter: LetterFilter): Promise<ListedLetter[]> {
    // Each has one of the ids: searching for it among them would be quadratic.
    const rest = { ...filter, ids: undefined };
    const found = (await this.#read(ids)).filter(({ letter }) => matchesFilter(letter, rest));
    return found.map(({ letter, since }) => ({
      id: letter.id,
      since,
      shelf: shelfOf(letter),
      member: memberOf(letter),
    }));
  }

  async #shelvesOf(filter: LetterFilter): Promise<Shelf[]> {
    const descriptions = await this.#connection.hvals(this.keys.shelves);
    const shelves = descriptions.flatMap((text) => readShelf(text) ?? []);
    return shelves.filter((shelf) => isShelfMeant(shelf, filter));
  }

  /** A listed letter that no longer exists was removed by another program: it is removed from its shelf. */
  async #readListed(listed: readonly ListedLetter[]): Promise<FoundLetter[]> {
    const byId = new Map((await this.#read(listed.map(({ id }) => id))).map((found) => [found.letter.id, found]));
    const letters: FoundLetter[] = [];
    for (const { id, member, shelf, since } of listed) {
      const found = byId.get(id);
      if (found) letters.push({ ...found, since });
      else await this.#connection.zrem(this.keys.letters + shelf.id, member);
    }
    return letters;
  }

  async #read(ids: readonly string[]): Promise<FoundLetter[]> {
    if (ids.length === 0) return [];
    const pipeline = this.#connection.pipeline();
    for (const id of ids) pipeline.hget(this.keys.letter + id, 'data');
    return ((await pipeline.exec()) ?? []).flatMap(([error, text], place) => {
      if (error) throw error;
      if (typeof text !== 'string') return [];
      const letter = readLetter(ids[place] ?? '', this.account, text);
      return [{ letter, text, since: restsSince(letter) }];
    });
  }
}

/** Where a walk continues, as text for a record or a URL. */
export function cursorOf({ since, id }: LetterPlace): string {
  return `${since}:${id}`;
}

export function readCursor(cursor: string | undefined): LetterPlace | undefined {
  const [, since, id] = /^(\d+):([\w-]+)$/.exec(cursor ?? '') ?? [];
  return since === undefined || id === undefined ? undefined : { since: Number(since), id };
}

function textsOf(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}
