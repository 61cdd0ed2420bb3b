/**
 * A producer owes its caller an answer: it waits for a connection that is coming up, but not for one that does not.
 */
import type { RedisConnection } from '../redis.js';
import { QueueUnavailableError } from './errors.js';

const WITHIN_MS = 2_000;

/**
 * Resolves when commands can be sent.
 *
 * @throws QueueUnavailableError where the connection is not there in time: nothing was written, and nothing will be
 */
export function untilReady(connection: RedisConnection): Promise<void> {
  if (connection.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const isReady = () => {
      clearTimeout(timer);
      resolve();
    };
    // A single failed try says nothing: the connection goes on trying by itself.
    const timer = setTimeout(() => {
      connection.off('ready', isReady);
      reject(new QueueUnavailableError('Redis is away: nothing was queued'));
    }, WITHIN_MS);
    connection.once('ready', isReady);
  });
}
