// Real: Redis, the scripts, a worker, the sandbox. Random histories of everything that moves dead letters, in parallel.
import { expect, it } from 'vitest';
import { LettersHistory } from '../support/model/letters-history.js';

// For longer, and others: LETTERS_MODEL_SECONDS=600 LETTERS_MODEL_SEED=7 npm test -- --project redis
// test/redis/moving-model.test.ts
const SECONDS = Number(process.env['LETTERS_MODEL_SECONDS'] ?? 6);
const SEED = Number(process.env['LETTERS_MODEL_SEED'] ?? 20_261_127);
const HISTORIES_LEAST = 3;

it('replay, edit, discard, retention and erasure side by side: no letter lost or doubled, no edit lost, no erased person sent', {
  timeout: SECONDS * 1000 + 120_000,
}, async () => {
  const endsAt = performance.now() + SECONDS * 1000;
  let histories = 0;
  while (performance.now() < endsAt || histories < HISTORIES_LEAST) {
    const seed = SEED + histories;
    await LettersHistory.play(seed).catch((cause: unknown) => {
      throw new Error(`history of seed ${seed} ends wrong`, { cause });
    });
    histories += 1;
  }
  if (process.env['LETTERS_MODEL_SECONDS']) process.stderr.write(`${histories} histories\n`);
  expect(histories).toBeGreaterThanOrEqual(HISTORIES_LEAST);
});
