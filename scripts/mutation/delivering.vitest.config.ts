/** The tests of delivering and settling for mutation runs: pure ones, and those of single steps with a real Redis. */
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const REDIS = [
  'claiming-batches',
  'delivering-batches',
  'ending-jobs',
  'gating',
  'given-up-runs',
  'interpreting',
  'interpreting-refusals',
  'job-taker',
  'settling-batches',
  'taking-jobs',
];

/** Most changes are noticed by a pure test, and then no other file is loaded. */
class PureFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isPure = ({ moduleId }: TestSpecification) => moduleId.includes('/test/unit/');
    return files.toSorted((left, right) => Number(isPure(right)) - Number(isPure(left)));
  }
}

export default defineConfig({
  test: {
    globalSetup: ['scripts/mutation/find-redis.ts'],
    include: ['test/unit/worker/**/*.test.ts', ...REDIS.map((name) => `test/redis/${name}.test.ts`)],
    // A broken change often shows as something that never happens. Tests wait less for that than on a busy machine.
    testTimeout: 6_000,
    hookTimeout: 6_000,
    isolate: false,
    sequence: { sequencer: PureFirst },
  },
});
