/**
 * Before all tests: finds a Redis, under the ACL that we ship if the server is our own. After all tests: checks that
 * they left neither keys nor connections in it, and that the ACL denied nothing.
 */
import { Redis } from 'ioredis';
import { findRedis } from '../../scripts/redis.mjs';
import { guardRedis } from './guard.js';

/** Accounts of tests start with this. */
export const TEST_ACCOUNT = 'test-';

export default async function setUp(): Promise<() => Promise<void>> {
  // Vitest runs the set-up once for each project. The first run has done everything.
  if (process.env['REDIS_ADMIN_URL']) return async () => undefined;
  // `npm test` provides one. A direct run of vitest finds its own.
  const isOurs = !process.env['REDIS_URL'] || process.env['REDIS_IS_OURS'] === '1';
  const found = await findRedis(() => undefined);
  const guard = isOurs ? await guardRedis(found.url) : undefined;
  process.env['REDIS_ADMIN_URL'] = found.url;
  process.env['REDIS_URL'] = guard?.url ?? found.url;
  return async () => {
    const redis = new Redis(found.url);
    try {
      const keys = await redis.keys(`{capi:${TEST_ACCOUNT}*`);
      const clients = String(await redis.client('LIST'))
        .split('\n')
        .filter((line) => / name=capi-/.test(line));
      const left = [...keys.slice(0, 10), ...clients];
      if (left.length > 0) throw new Error(`tests left behind: ${left.join(' | ')}`);
      const denials = (await guard?.denials()) ?? [];
      if (denials.length > 0) throw new Error(`redis/users.acl refused: ${[...new Set(denials)].join(' | ')}`);
    } finally {
      redis.disconnect();
      await found.stop();
    }
  };
}
