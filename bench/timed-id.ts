/** Ids that carry the moment of their enqueueing: the sink reads it and knows the latency. */

export const TIMED_ID = /^t(\d+\.\d+)-/;

export function timedId(run: string, number: number): string {
  return `t${(performance.timeOrigin + performance.now()).toFixed(3)}-${run}-${number}`;
}
