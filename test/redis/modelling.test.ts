// Real: Redis, the scripts, claim, batcher and settler, through a cable that loses answers. Simulated: BullMQ's moving
// of jobs, Amazon's answers, and time. Hundreds of histories of two workers with crashes at every step, compared with a
// model.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { TEST_ACCOUNT } from '../support/leaks.js';
import { COMMANDS, finish, type Real, WORKERS } from '../support/model/window-commands.js';
import { WindowModel } from '../support/model/window-model.js';
import { WindowRig } from '../support/model/window-rig.js';

// More, and others: MODEL_RUNS=5000 MODEL_SEED=7 npx vitest run --project redis test/redis/modelling.test.ts
const RUNS = Number(process.env['MODEL_RUNS'] ?? 200);
const SEED = Number(process.env['MODEL_SEED'] ?? 20_261_123);
const COMMANDS_MAX = 50;

let rig: WindowRig;
beforeAll(async () => {
  rig = await WindowRig.open(`${TEST_ACCOUNT}model`, process.env['REDIS_URL'] ?? '');
});
afterAll(() => rig.close());

describe('claiming and settling by two workers that crash anywhere', () => {
  it('conserves every event, and gives an id to one sender at a time', {
    timeout: Math.max(60_000, RUNS * 500),
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(COMMANDS, { maxCommands: COMMANDS_MAX, size: 'max' }), async (commands) => {
        const model = new WindowModel(WORKERS);
        const real: Real = { rig, flights: [] };
        try {
          await fc.asyncModelRun(() => ({ model, real }), commands);
          await finish(model, real);
        } finally {
          await rig.clear();
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
