/**
 * ioredis's connector by way of Sentinels, without its words on stderr.
 *
 * The connections that it opens to Sentinels have no listener for errors, so that each attempt to reach a Sentinel that is
 * down would print a stack trace beside our log. What is wrong is told by the connection itself: `sentinelError`, `error`.
 */
import { Redis, type SentinelConnectionOptions, SentinelConnector } from 'ioredis';

export class QuietSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
    // Private there. Should it have another name one day, all works on, but not as quietly: failing-over.test.ts tells.
    const open: unknown = Reflect.get(this, 'connectToSentinel');
    if (typeof open !== 'function') return;
    const openQuietly = (...args: unknown[]): unknown => {
      const client: unknown = Reflect.apply(open, this, args);
      if (client instanceof Redis) client.on('error', () => undefined);
      return client;
    };
    Object.defineProperty(this, 'connectToSentinel', { value: openQuietly });
  }
}
