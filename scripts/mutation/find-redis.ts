/** A Redis for a mutation run. Data left by a mutated program does not fail the tests. */
import { findRedis } from '../redis.mjs';

export default async function setUp(): Promise<() => Promise<void>> {
  const found = await findRedis(() => undefined);
  process.env['REDIS_ADMIN_URL'] = found.url;
  process.env['REDIS_URL'] = found.url;
  return () => found.stop();
}
