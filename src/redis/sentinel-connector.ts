/**
 * ioredis's connector through Sentinels, without two of its bugs.
 *
 * - A connection that was told of another master, and asks a Sentinel for it, is told of that master a second time by its old
 *   failover detector. ioredis takes this as a request to close, and the connection ends for good: an intake answered 503 until
 *   it was restarted. So the detector is removed before the Sentinel is asked. The server that is found must then say that it is
 *   the master.
 * - Its connections to Sentinels have no listener for errors, so each attempt to reach a Sentinel that is down would print a
 *   stack trace beside our log. The connection itself reports the problem: `sentinelError`, `error`.
 */
import { Redis, type SentinelConnectionOptions, SentinelConnector } from 'ioredis';

export class QuietSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
    // Private there. If its name changes, everything still works, but prints more: failing-over.test.ts detects it.
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
    // Private there too; connecting.test.ts detects a change.
    const detector: unknown = Reflect.get(this, 'failoverDetector');
    if (detector instanceof Object && 'cleanup' in detector && typeof detector.cleanup === 'function')
      detector.cleanup();
    return super.connect(...args);
  }
}
