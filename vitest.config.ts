import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

/**
 * unit: pure, milliseconds. redis: our parts against a real Redis and a local HTTP server. system: the built program
 * as processes.
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    globalSetup: ['test/support/leaks.ts'],
    sequence: { sequencer: LongestFirst },
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
          // By default one of two cores stays idle.
          maxWorkers: Math.max(2, availableParallelism() - 1),
        },
      },
      {
        extends: true,
        test: {
          name: 'redis',
          include: ['test/redis/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          isolate: false,
          // Nearly all of their time goes to waiting for locks, leases and back-off, not to the processor.
          maxWorkers: 6,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          isolate: false,
          // They wait for processes and for Redis: two at a time leave a third of two cores idle.
          maxWorkers: 4,
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
