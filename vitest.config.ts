import { defineConfig } from 'vitest/config';

/**
 * unit: pure, milliseconds. redis: our parts against a real Redis and a local HTTP server. system: the built program
 * as processes.
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    globalSetup: ['test/support/leaks.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'redis', include: ['test/redis/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 30_000 },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          maxConcurrency: 10,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['src/mapping/**', 'src/amazon/answer.ts', 'src/worker/batcher.ts'] },
  },
});
