/** The tests of the deciding parts for mutation runs: pure ones, without Redis. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/{amazon,mapping,queue,window,worker}/**/*.test.ts'],
    // This page is generated from the field tables. Its test would notice every mutant of a table without testing
    // behaviour.
    exclude: ['test/unit/mapping/sources-page.test.ts'],
    testTimeout: 20_000,
    isolate: false,
  },
});
