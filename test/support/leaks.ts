/**
 * Before all tests: a Redis. After all tests: nothing of theirs may be left in it, neither keys nor connections.
 */
import { Redis } from 'ioredis';
import { findRedis } from '../../scripts/redis.mjs';

/** Accounts of tests start with this. */
export const TEST_ACCOUNT = 'test-';

export default async function setUp(): Promise<() => Promise<void>> {
  // `npm test` brings one; vitest run by hand finds its own.
  const found = await findRedis(() => undefined);
  process.env['REDIS_URL'] = found.url;
  return async () => {
    const redis = new Redis(found.url);
    try {
      const keys = await redis.keys(`{capi:${TEST_ACCOUNT}*`);
      const clients = String(await redis.client('LIST'))
        .split('\n')
        .filter((line) => / name=capi-/.test(line));
      const left = [...keys.slice(0, 10), ...clients];
      if (left.length > 0) throw new Error(`tests left behind: ${left.join(' | ')}`);
    } finally {
      redis.disconnect();
      await found.stop();
    }
  };
}
