/** A producer's caller waits for an answer. So a producer waits for a connection that is being made, not for one that fails. */
import type { RedisConnection } from '../redis/connect.js';
import { QueueUnavailableError } from './queue-unavailable-error.js';

const WITHIN_MS = 2_000;

/**
 * Resolves when commands can be sent.
 *
 * @throws QueueUnavailableError if the connection is not ready in time: nothing was written, and nothing will be
 */
export function untilReady(connection: RedisConnection): Promise<void> {
  if (connection.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const isReady = () => {
      stopWaiting();
      resolve();
    };
    // A single failed try says nothing: most connections try again by themselves.
    const isAway = () => {
      stopWaiting();
      reject(new QueueUnavailableError('Redis is down: nothing was queued'));
    };
    const timer = setTimeout(isAway, WITHIN_MS);
    const stopWaiting = () => {
      clearTimeout(timer);
      connection.off('ready', isReady);
      connection.off('end', isAway);
    };
    connection.once('ready', isReady);
    connection.once('end', isAway);
  });
}
