/**
 * Whether a connection reaches Redis and is let in, and if not, why.
 *
 * Commands fail only with "too many retries", and a Cluster is searched for without end. The reason why a connection cannot be
 * made goes only to its listeners. So this listens from the start.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { causeOf, redisCodeOf } from '../telemetry/redis-error.js';
import type { RedisConnection } from './connect.js';
import { isRefusal } from './info.js';

const REACH_WITHIN_MS = 5_000;

/**
 * @param connection just opened
 * @throws why it cannot be used: at once if the password is refused, because waiting does not help
 */
export async function reachRedis(connection: RedisConnection): Promise<void> {
  let whyAway: unknown;
  const refused = new Promise<never>((_resolve, reject) => {
    connection.on('error', (error: Error) => {
      // A Cluster says only that its nodes failed. The reason is the last node's error, if there is one.
      const isOfCluster = error.name === 'ClusterAllFailedError';
      const why = isOfCluster ? causeOf(error) : error;
      if (!isOfCluster || isRefusal(why)) whyAway = why;
      if (isPasswordRefused(error)) reject(why);
    });
  });
  try {
    await Promise.race([connection.ping(), refused, endOfPatience()]);
  } catch (error) {
    throw isAfterRetries(error) ? (whyAway ?? error) : error;
  }
}

/** Whether Redis wants a password, or another one. */
export function isPasswordRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = redisCodeOf(error) ?? redisCodeOf(causeOf(error));
  return code === 'NOAUTH' || code === 'WRONGPASS';
}

async function endOfPatience(): Promise<never> {
  await sleep(REACH_WITHIN_MS, undefined, { ref: false });
  throw Object.assign(new Error('no answer in time'), { code: 'TIMEOUT' });
}

function isAfterRetries(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    ('code' in error && error.code === 'TIMEOUT') ||
    redisCodeOf(error) === 'COMMAND_TIMEOUT'
  );
}
