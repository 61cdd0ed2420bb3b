import { defineConfig } from 'vitest/config';

/** `npm run verify:observability`: minutes long, with a Redis of its own; no part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/observability/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 480_000,
    hookTimeout: 900_000,
  },
});
