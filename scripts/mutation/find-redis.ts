/** A Redis for a mutation run. What a changed program leaves in it is no fault of the tests. */
import { findRedis } from '../redis.mjs';

export default async function setUp(): Promise<() => Promise<void>> {
  const found = await findRedis(() => undefined);
  process.env['REDIS_ADMIN_URL'] = found.url;
  process.env['REDIS_URL'] = found.url;
  return () => found.stop();
}
