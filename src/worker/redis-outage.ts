/**
 * Riding out an outage of Redis: a step that must happen is tried until it does.
 *
 * Connections of the worker wait for a Redis that is away by themselves; what comes through here are the answers of
 * one that is there and refuses, such as OOM under noeviction or LOADING after a restart.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.js';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/**
 * @param step what is tried, for the log
 * @throws only when the connection was closed for good, as at a forced stop
 */
export async function untilRedisAnswers<T>(log: Logger, step: string, call: () => Promise<T>): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await call();
    } catch (error) {
      if (isClosed(error)) throw error;
      log.error('redis.refused', { reason: step, afterMs: waitMs, err: error });
      await sleep(waitMs);
    }
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && error.message === 'Connection is closed.';
}
