/** The tests of the deciding parts alone, for mutation runs: pure ones, without Redis. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/{amazon,mapping,queue,window,worker}/**/*.test.ts'],
    // Docs are made from the field tables: their page would kill each mutant of a table, and say nothing of behaviour.
    exclude: ['test/unit/mapping/sources-page.test.ts'],
    testTimeout: 20_000,
    isolate: false,
  },
});
