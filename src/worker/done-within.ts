/** Waits for work that may never end, such as closing a connection to a Redis that does not answer. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether the work was done in time. Work that throws counts as done. */
export async function isDoneWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  const isDone = await Promise.race([work.then(() => true).catch(() => true), late]);
  timer.abort();
  return isDone;
}
