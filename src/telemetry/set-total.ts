/** Exports totals stored in Redis as counters. */
import type { Counter } from 'prom-client';

/** Sets a total that is stored in Redis. */
export function setTotal(counter: Counter, labels: Readonly<Record<string, string>>, total: number): void {
  counter.remove(labels);
  counter.inc(labels, total);
}
