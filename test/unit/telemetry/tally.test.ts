import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { TallyHistogram } from '../../../src/telemetry/tally.js';

const configuration = () => ({
  name: 'latency',
  help: 'A latency.',
  labelNames: ['account'] as const,
  buckets: [0.1, 1, 60],
  registers: [],
});

const exported = async (metric: Histogram) => {
  const registry = new Registry();
  registry.registerMetric(metric);
  return registry.metrics();
};
it('exports to the letter what prom-client’s own histogram exports', async () => {
  const observations = fc.array(
    fc.record({ account: fc.constantFrom('a', 'b'), value: fc.integer({ max: 100, min: 0 }) }),
  );
  await fc.assert(
    fc.asyncProperty(observations, async (values) => {
      const own = new Histogram(configuration());
      const tally = new TallyHistogram(configuration());
      for (const account of ['a', 'b']) {
        own.zero({ account });
        tally.of(account);
      }
      for (const { account, value } of values) {
        own.observe({ account }, value / 10);
        tally.of(account).observe(value / 10);
      }
      expect(await exported(tally)).toBe(await exported(own));
    }),
    { numRuns: 50 },
  );
});
