/**
 * ioredis's connector by way of Sentinels, without two faults of its own.
 *
 * - A connection that has heard of another master, and asks a Sentinel for it, is told of that master a second time by its
 *   earlier failover detector. ioredis takes this for the wish to close, and the connection ends for good: an intake answered 503
 *   until it was restarted. So the detector goes when the asking begins; whoever is found must say that it is the master.
 * - Its connections to Sentinels have no listener for errors, so that each attempt to reach a Sentinel that is down would print
 *   a stack trace beside our log. What is wrong is told by the connection itself: `sentinelError`, `error`.
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

  override connect(...args: Parameters<SentinelConnector['connect']>): ReturnType<SentinelConnector['connect']> {
    // Private there too; connecting.test.ts tells.
    const detector: unknown = Reflect.get(this, 'failoverDetector');
    if (detector instanceof Object && 'cleanup' in detector && typeof detector.cleanup === 'function')
      detector.cleanup();
    return super.connect(...args);
  }
}
