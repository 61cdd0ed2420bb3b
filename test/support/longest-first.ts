/**
 * The order of test files: the longest start first, so that no long file runs alone at the end.
 *
 * Vitest knows durations only from an earlier run, which a new clone does not have.
 */
import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of more than ten seconds on two idle cores, longest first. A missing file only costs time. */
const LONG: Readonly<Record<string, readonly string[]>> = {
  system: [
    'playing',
    'reconciling',
    'failing-over',
    'replaying',
    'console-pages',
    'console-replaying',
    'guarding-cluster',
    'accounts-file',
    'crash-points',
    'commanding',
    'crashing',
    'observing',
    'benchmarking',
    'chaos',
    'console',
    'importing',
    'starting',
    'alerting',
    'reaching-redis',
    'examples',
    'receipts',
    'listening',
    'checking',
    'covering',
    'authorizing',
    'transcribing',
    'tracing',
    'packaging',
    'encrypting',
    'naming-faults',
  ],
  redis: [
    'outages',
    'keeping-acknowledged',
    'credentials',
    'refusing',
    'ending-runs',
    'claiming',
    'webhook-answers',
    'refusing-redis',
    'checking',
    'replaying',
    'webhooks',
    'counting-coverage',
    'modelling',
    'erasing-alike',
    'erasing',
  ],
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const bySize = await super.sort(files);
    return bySize.toSorted((left, right) => groupOf(left) - groupOf(right) || placeOf(left) - placeOf(right));
  }
}

const groupOf = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;

function placeOf({ project, moduleId }: TestSpecification): number {
  const place = LONG[project.name]?.indexOf(basename(moduleId, '.test.ts')) ?? -1;
  return place === -1 ? Number.MAX_SAFE_INTEGER : place;
}
