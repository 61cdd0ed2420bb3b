/** Ids that contain their time of enqueueing. The sink reads it to compute the latency. */

export const TIMED_ID = /^t(\d+\.\d+)-/;

export function timedId(run: string, number: number): string {
  return `t${(performance.timeOrigin + performance.now()).toFixed(3)}-${run}-${number}`;
}
