/** Complete dead letters for tests, so that a test changes only what it is about. */

import { type DeadLetter, letterJob } from '../../src/dead-letters/letter.js';
import { indexLetters } from '../../src/dead-letters/shelf-scripts.js';
import { addJobs } from '../../src/queue/bullmq-commands.js';
import { DEAD_LETTERS_QUEUE, keysOf, openQueue } from '../../src/queue/queue.js';
import type { RedisConnection } from '../../src/redis/connect.js';
import { eventOf, NOW_MS } from './events.js';

export function letterWith(overrides: Partial<DeadLetter> = {}): DeadLetter {
  return {
    v: 1,
    id: '7-0-abc',
    account: 'default',
    reason: 'rejected',
    event: eventOf('order-1'),
    source: 'conversion',
    enqueuedAt: NOW_MS - 60_000,
    firstAttemptAt: NOW_MS - 30_000,
    diedAt: NOW_MS,
    attempts: 1,
    replays: 0,
    isMaybeDelivered: false,
    answer: { status: 207, code: 'BAD_REQUEST', message: 'currencyCode is unknown', requestId: 'request-1' },
    ...overrides,
  };
}

const LETTERS_PER_WRITE = 500;

/** Writes letters as the worker's settling does, without a worker. */
export async function layLetters(
  account: string,
  connection: RedisConnection,
  letters: Iterable<DeadLetter>,
): Promise<void> {
  const queue = openQueue(account, DEAD_LETTERS_QUEUE, connection);
  let chunk: DeadLetter[] = [];
  const write = async () => {
    if (chunk.length > 0) await addJobs(queue, connection, chunk.map(letterJob), indexLetters(keysOf(account), chunk));
    chunk = [];
  };
  try {
    for (const letter of letters) {
      chunk.push(letter);
      if (chunk.length === LETTERS_PER_WRITE) await write();
    }
    await write();
  } finally {
    await queue.close();
  }
}
