import type { Metrics } from '../../src/telemetry/metrics.js';

/** The value of a counter or gauge with these labels. */
export async function metricOf(metrics: Metrics, name: string, labels: Record<string, string>): Promise<number> {
  const metric = await metrics.registry.getSingleMetric(name)?.get();
  const found = metric?.values.find((value) =>
    Object.entries(labels).every(([label, expected]) => value.labels[label] === expected),
  );
  if (!found) throw new Error(`${name} has no series ${JSON.stringify(labels)}`);
  return found.value;
}
