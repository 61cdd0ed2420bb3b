/**
 * Discard: dead letters are thrown away, on a person's word only. The set is frozen at the start, as with a replay.
 */
import { countInLedger } from '../queue.js';
import type { RedisConnection } from '../redis.js';
import { runScript } from '../redis-script.js';
import type { LetterFilter } from './filter.js';
import type { DeadLetter } from './letter.js';
import type { LetterStore } from './store.js';

const LETTERS_PER_STEP = 100;

/** @returns how many were thrown away */
export async function discardLetters(
  store: LetterStore,
  connection: RedisConnection,
  filter: LetterFilter,
): Promise<number> {
  const frozen: LetterFilter = { ...filter, untilMs: Math.min(filter.untilMs ?? Number.POSITIVE_INFINITY, Date.now()) };
  let discarded = 0;
  let step: DeadLetter[] = [];
  const flush = async () => {
    if (step.length === 0) return;
    await store.remove(step);
    await runScript(connection, countInLedger(store.account, { discarded: step.length }));
    discarded += step.length;
    step = [];
  };
  for await (const letter of store.find(frozen)) {
    step.push(letter);
    if (step.length >= LETTERS_PER_STEP) await flush();
  }
  await flush();
  return discarded;
}
