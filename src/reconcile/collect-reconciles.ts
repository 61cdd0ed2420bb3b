/** Reads the totals of reconciles from Redis, for the metrics. Each account that was reconciled has one hash. */
import { keysOf } from '../queue/queue.js';
import type { RedisConnection } from '../redis/connect.js';
import { WEBHOOK_PLATFORMS } from '../settings/webhook-senders.js';
import type { Metrics } from '../telemetry/metrics.js';
import { setTotal } from '../telemetry/set-total.js';

export async function collectReconciles({
  accounts,
  connection,
  metrics,
}: {
  readonly accounts: readonly string[];
  readonly connection: RedisConnection;
  readonly metrics: Metrics;
}): Promise<void> {
  const pipeline = connection.pipeline();
  for (const account of accounts) pipeline.hgetall(keysOf(account).reconcile);
  const replies = (await pipeline.exec()) ?? [];
  accounts.forEach((account, place) => {
    const [error, reply] = replies[place] ?? [];
    if (error) throw error;
    const kept = (reply ?? {}) as Readonly<Record<string, string>>;
    for (const source of WEBHOOK_PLATFORMS) {
      const numberOf = (field: string) => Number(kept[`${source}:${field}`] ?? 0);
      if (kept[`${source}:ranAt`] === undefined && kept[`${source}:orders`] === undefined) continue;
      setTotal(metrics.reconcileOrders, { account, source }, numberOf('orders'));
      setTotal(metrics.reconcileEnqueued, { account, source }, numberOf('enqueued'));
      metrics.reconcileLastRun.set({ account, source }, numberOf('ranAt') / 1000);
    }
  });
}
