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
      {
        extends: true,
        // Pure tests share nothing that could be left behind: loading the modules once saves two thirds of their time.
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'redis',
          include: ['test/redis/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          isolate: false,
          // Most of their time goes to waiting for locks, leases and back-off, not to the processor.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // Two at a time: most of them wait for processes and for Redis.
          maxWorkers: 2,
          maxConcurrency: 10,
          sequence: { groupOrder: 2 },
        },
      },
    ],
    // The parts that decide what an event means and what becomes of it: no branch of theirs is untested (check:coverage).
    coverage: {
      provider: 'v8',
      include: [
        'src/mapping/**',
        'src/amazon/**',
        'src/window/layout.ts',
        'src/queue/{held-event,job,pack-jobs,read-job,read-packed-job}.ts',
        'src/worker/{back-off,batch-events,batcher,followers,job-run,outcomes,request-plan}.ts',
      ],
      thresholds: { branches: 100 },
    },
  },
});
