/**
 * The plan: what a replay or a discard would do.
 *
 * The count is exact and comes from the shelves. Facts from the letters themselves (age, refusals, deliveries since) cover only
 * the letters that were read: `lookedAt` says how many.
 */
import type { MappingContext } from '../../mapping/context.js';
import type { LetterFilter } from '../filter.js';
import { type DeadLetter, restsSince } from '../letter.js';
import type { LetterStore } from '../store.js';
import type { Correction } from './edit.js';
import { prepareReplay } from './replay.js';

const HOUR_MS = 3_600_000;
const LETTERS_PER_LOOK = 500;
const SAMPLES = 3;
const REFUSALS_SHOWN = 5;

export interface PlanOptions {
  readonly corrections: readonly Correction[];
  readonly context: MappingContext;
  /** Which of these dedupe ids were delivered inside the window. */
  readonly wereDelivered: (clientDedupeIds: readonly string[]) => Promise<readonly boolean[]>;
  /** Maximum number of letters to read; undefined for all. */
  readonly lookAtMost?: number | undefined;
  readonly onProgress?: ((lookedAt: number) => void) | undefined;
}

export interface Plan {
  /** Letters that the filter means. */
  readonly count: number;
  readonly lookedAt: number;
  /** Time of failure of the oldest, epoch milliseconds. */
  readonly oldestMs: number | undefined;
  readonly samples: readonly DeadLetter[];
  /** Older than Amazon's limit: a replay makes them dead letters again, `expired`. */
  readonly pastAgeLimit: number;
  /** Delivered since under the same id: a replay makes them duplicates. */
  readonly deliveredSince: number;
  /** A send ended without an answer: Amazon may have counted them, and counts the id once. */
  readonly maybeDelivered: number;
  /** Would stay, because the correction does not give a valid event or they could not be read. */
  readonly refused: number;
  readonly refusals: readonly { readonly id: string; readonly why: string }[];
}

export async function planReplay(store: LetterStore, filter: LetterFilter, options: PlanOptions): Promise<Plan> {
  const { corrections, context, lookAtMost = Number.POSITIVE_INFINITY } = options;
  const oldestEventMs = context.nowMs - context.maxEventAgeHours * HOUR_MS;
  const plan = { lookedAt: 0, pastAgeLimit: 0, deliveredSince: 0, maybeDelivered: 0, refused: 0 };
  const samples: DeadLetter[] = [];
  const refusals: { id: string; why: string }[] = [];
  let oldestMs: number | undefined;
  const look = async (letters: readonly DeadLetter[]) => {
    const ids: string[] = [];
    for (const letter of letters) {
      oldestMs ??= restsSince(letter);
      if (samples.length < SAMPLES) samples.push(letter);
      if (letter.isMaybeDelivered) plan.maybeDelivered += 1;
      const ready = prepareReplay(letter, corrections, context);
      if ('why' in ready) {
        plan.refused += 1;
        if (refusals.length < REFUSALS_SHOWN) refusals.push({ id: letter.id, why: ready.why });
        continue;
      }
      if (Date.parse(ready.entry.event.timestamp) < oldestEventMs) plan.pastAgeLimit += 1;
      ids.push(ready.entry.event.clientDedupeId);
    }
    plan.deliveredSince += (await options.wereDelivered(ids)).filter(Boolean).length;
    plan.lookedAt += letters.length;
    options.onProgress?.(plan.lookedAt);
  };
  let letters: DeadLetter[] = [];
  for await (const letter of store.find(filter)) {
    letters.push(letter);
    if (letters.length === LETTERS_PER_LOOK) await look(letters.splice(0));
    if (plan.lookedAt + letters.length >= lookAtMost) break;
  }
  await look(letters);
  const count = plan.lookedAt < lookAtMost ? plan.lookedAt : await store.count(filter);
  return { count, ...plan, oldestMs, samples, refusals };
}
