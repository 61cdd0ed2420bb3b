/**
 * Writes what two weeks of reconciles would have counted, for screenshots and tests of the console's page:
 *
 *     node --import tsx test/support/lay-reconciles.ts redis://127.0.0.1:6379 demo-1a2b3c
 */
import { keysOf } from '../../src/queue/queue.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';

const DAY_MS = 86_400_000;
const DAYS = 14;
/** How many days ago the webhook was switched off. */
const BAD_DAYS: ReadonlySet<number> = new Set([3, 4]);

export async function layReconciles(account: string, connection: RedisConnection, nowMs: number): Promise<void> {
  const { reconcile } = keysOf(account);
  for (const [source, size] of [
    ['shopify', 400],
    ['woocommerce', 60],
  ] as const) {
    for (let ago = 0; ago < DAYS; ago += 1) {
      const orders = Math.round(size * (1 + ((ago * 7) % 5) / 10));
      const isBad = source === 'woocommerce' && BAD_DAYS.has(ago);
      const enqueued = isBad ? Math.round(orders * 0.4) : ago % 6 === 2 ? 1 : 0;
      const missing = ago === 0 && source === 'shopify' ? 2 : 0;
      const refused = Math.round(orders / 80);
      const counts = { a: orders - enqueued - missing - refused, r: refused, m: missing, e: enqueued };
      const day = new Date(nowMs - ago * DAY_MS).toISOString().slice(0, 10);
      await connection.hset(`${reconcile}:${source}:day:${day}`, counts);
    }
    const ended = { [`${source}:until`]: nowMs - 120_000, [`${source}:ranAt`]: nowMs - 110_000 };
    await connection.hset(reconcile, { ...ended, [`${source}:orders`]: 1, [`${source}:enqueued`]: 0 });
  }
}

const [, file = '', url, account] = process.argv;
if (file.endsWith('lay-reconciles.ts') && url !== undefined && account !== undefined) {
  const connection = connectRedis(url, 'prompt', 'capi-lay-reconciles');
  const [seconds] = await connection.time();
  await layReconciles(account, connection, Number(seconds) * 1000);
  connection.disconnect();
}
