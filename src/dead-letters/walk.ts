/**
 * Walks along shelves: letters of many shelves in one order of time, read in pieces.
 *
 * Promise: a letter that exists during the whole walk comes once; memory use does not depend on the number of letters. A walk
 * goes by (since when the letter is here, id) and not by rank, so letters may be removed during it.
 */
import type { RedisConnection } from '../redis/connect.js';
import { runScript } from '../redis/script.js';
import { idOfMember, type Shelf } from './shelf.js';
import { seekLetters } from './shelf-scripts.js';

/** A place in the order of letters. */
export interface LetterPlace {
  /** Epoch milliseconds. */
  readonly since: number;
  readonly id: string;
}

export interface ListedLetter extends LetterPlace {
  readonly shelf: Shelf;
  readonly member: string;
}

export interface ListOrder {
  readonly isNewestFirst: boolean;
  /** The walk starts after this place. */
  readonly after?: LetterPlace | undefined;
}

export interface WalkOptions extends ListOrder {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** In any case; undefined for all letters. */
  readonly text?: string | undefined;
  /** Maximum number of members of one shelf that are read at once. */
  readonly piece: number;
}

/** Members searched at once: blocks Redis for some milliseconds, and lets others work in between. */
export const SEARCH_PIECE = 5_000;

/** @param keyPrefix a shelf's key is this and its id */
export async function* walkShelves(
  connection: RedisConnection,
  keyPrefix: string,
  shelves: readonly Shelf[],
  options: WalkOptions,
): AsyncGenerator<ListedLetter> {
  const isFirst = (left: LetterPlace, right: LetterPlace) => isBefore(left, right, options.isNewestFirst);
  const walks = shelves.map((shelf) => walkShelf(connection, keyPrefix + shelf.id, shelf, options));
  const heads = await Promise.all(walks.map(async (walk) => ({ walk, pieceLeft: await pieceOf(walk), at: 0 })));
  for (;;) {
    let next: (typeof heads)[number] | undefined;
    for (const head of heads) {
      const letter = head.pieceLeft[head.at];
      const best = next?.pieceLeft[next.at];
      if (letter && (!best || isFirst(letter, best))) next = head;
    }
    const letter = next?.pieceLeft[next.at];
    if (!next || !letter) return;
    next.at += 1;
    if (next.at === next.pieceLeft.length) Object.assign(next, { pieceLeft: await pieceOf(next.walk), at: 0 });
    yield letter;
  }
}

/** Letters in the order of a walk, without those before its start. */
export function inOrder(letters: readonly ListedLetter[], { isNewestFirst, after }: ListOrder): ListedLetter[] {
  return letters
    .filter((letter) => !after || isBefore(after, letter, isNewestFirst))
    .toSorted((left, right) => (isBefore(left, right, isNewestFirst) ? -1 : 1));
}

async function pieceOf(walk: AsyncGenerator<ListedLetter[]>): Promise<ListedLetter[]> {
  const { value, done } = await walk.next();
  return done ? [] : value;
}

/** Pieces of one shelf, never empty. */
async function* walkShelf(
  connection: RedisConnection,
  shelfKey: string,
  shelf: Shelf,
  options: WalkOptions,
): AsyncGenerator<ListedLetter[]> {
  const { isNewestFirst, sinceMs = '-inf', untilMs = '+inf', piece } = options;
  const text = options.text?.toLowerCase() ?? '';
  const lookAt = text === '' ? piece : SEARCH_PIECE;
  let place = options.after;
  let skip = 0;
  for (;;) {
    const from = isNewestFirst ? least(place?.since, untilMs) : most(place?.since, sinceMs);
    const to = isNewestFirst ? sinceMs : untilMs;
    const reply = await runScript(connection, seekLetters(shelfKey, { isNewestFirst, from, to, skip, lookAt, text }));
    const [looked, lastMember, lastTime, ...found] = Array.isArray(reply) ? reply : [0];
    const letters: ListedLetter[] = [];
    for (let at = 0; at < found.length; at += 2) {
      const member = String(found[at]);
      const letter = { shelf, member, id: idOfMember(member), since: Number(found[at + 1]) };
      if (!place || isBefore(place, letter, isNewestFirst)) letters.push(letter);
    }
    if (letters.length > 0) yield letters;
    if (Number(looked) < lookAt) return;
    const last = { since: Number(lastTime), id: idOfMember(String(lastMember)) };
    const isFurther = !place || isBefore(place, last, isNewestFirst);
    // More letters may have the same millisecond than fit in a piece. Members are skipped by count only while a piece brings
    // nothing new.
    skip = isFurther ? 0 : skip + Number(looked);
    if (isFurther) place = last;
  }
}

/** Ids have only letters, digits, - and _, so their order here is Redis's order of bytes. */
function isBefore(left: LetterPlace, right: LetterPlace, isNewestFirst: boolean): boolean {
  const [first, second] = isNewestFirst ? [right, left] : [left, right];
  return first.since === second.since ? first.id < second.id : first.since < second.since;
}

function least(place: number | undefined, bound: number | string): number | string {
  return place !== undefined && (typeof bound === 'string' || place < bound) ? place : bound;
}

function most(place: number | undefined, bound: number | string): number | string {
  return place !== undefined && (typeof bound === 'string' || place > bound) ? place : bound;
}
