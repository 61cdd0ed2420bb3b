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
    // A broken change often shows as something that never happens. Tests wait less for that than on a busy machine.
    testTimeout: 10_000,
    hookTimeout: 10_000,
    isolate: false,
  },
});
