/** The tests of delivering and settling for mutation runs: pure ones, and those of single steps with a real Redis. */
import { defineConfig } from 'vitest/config';

const REDIS = [
  'claiming-batches',
  'delivering-batches',
  'gating',
  'given-up-runs',
  'interpreting',
  'interpreting-refusals',
  'settling-batches',
];

export default defineConfig({
  test: {
    globalSetup: ['scripts/mutation/find-redis.ts'],
    include: ['test/unit/worker/**/*.test.ts', ...REDIS.map((name) => `test/redis/${name}.test.ts`)],
    // What a change breaks often shows in nothing happening any more: that is not waited for as long as on a busy machine.
    testTimeout: 10_000,
    hookTimeout: 10_000,
    isolate: false,
  },
});
