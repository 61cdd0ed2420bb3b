/**
 * Waits until nothing is queued. The limit is on time without progress, not on the total: a busy machine takes minutes,
 * but always settles something.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than any wait of a retry or a probe of the gate in the demo. */
const STUCK_AFTER_MS = 45_000;
const LOOK_EVERY_MS = 100;

export interface Settled {
  /** Events that ended, since the beginning. */
  readonly done: number;
  readonly queued: number;
}

/** @throws an error that says how many are stuck; or the signal's reason */
export async function untilSettled(
  look: () => Promise<Settled>,
  stop: AbortSignal,
  stuckAfterMs = STUCK_AFTER_MS,
): Promise<void> {
  let last = { done: -1, atMs: performance.now() };
  for (;;) {
    const { done, queued } = await look();
    if (queued === 0) return;
    stop.throwIfAborted();
    if (done > last.done) last = { done, atMs: performance.now() };
    if (performance.now() - last.atMs > stuckAfterMs) {
      throw new Error(`${queued} events are queued, and none ended for ${stuckAfterMs / 1000} s: see the worker’s log`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}
