/** Reads the records of reconciles for the console: by shop and by the day of the orders' creation. */
import { keysOf } from '../queue/queue.js';
import type { RedisConnection } from '../redis/connect.js';
import { WEBHOOK_PLATFORMS, type WebhookPlatform } from '../settings/webhook-senders.js';
import { DAYS_SHOWN, dayOf } from './order-records.js';

/** The orders of a day, the sum of the other four. */
export interface DayCounts {
  readonly orders: number;
  /** By webhook or any other way. */
  readonly arrived: number;
  readonly refused: number;
  /** Found missing and not yet enqueued. */
  readonly missing: number;
  /** Enqueued by a reconcile. */
  readonly enqueued: number;
}

interface ReconciledDay extends DayCounts {
  /** `2026-11-27`, in UTC. */
  readonly day: string;
}

export interface ReconciledShop {
  readonly source: WebhookPlatform;
  /** When a pass last succeeded, epoch ms. Undefined if none has. */
  readonly ranAtMs: number | undefined;
  /** Newest first. Days without orders are left out. */
  readonly days: readonly ReconciledDay[];
}

const DAY_MS = 86_400_000;

/** @returns the shops of the account that were ever reconciled */
export async function readReconciles(
  account: string,
  connection: RedisConnection,
  nowMs: number,
): Promise<ReconciledShop[]> {
  const { reconcile } = keysOf(account);
  const kept = await connection.hgetall(reconcile);
  const sources = WEBHOOK_PLATFORMS.filter((source) => kept[`${source}:ranAt`] ?? kept[`${source}:orders`]);
  const days = Array.from({ length: DAYS_SHOWN }, (_, place) => dayOf(nowMs - place * DAY_MS));
  return Promise.all(
    sources.map(async (source) => {
      const ranAt = kept[`${source}:ranAt`];
      const pipeline = connection.pipeline();
      for (const day of days) pipeline.hgetall(`${reconcile}:${source}:day:${day}`);
      const replies = (await pipeline.exec()) ?? [];
      const counted = days.flatMap((day, place): ReconciledDay[] => {
        const [error, reply] = replies[place] ?? [];
        if (error) throw error;
        const counts = countsOf((reply ?? {}) as Readonly<Record<string, string>>);
        return counts.orders > 0 ? [{ day, ...counts }] : [];
      });
      return { source, ranAtMs: ranAt === undefined ? undefined : Number(ranAt), days: counted };
    }),
  );
}

/** @returns the accounts with a shop that was ever reconciled */
export async function readReconciled(
  accounts: readonly string[],
  connection: RedisConnection,
): Promise<ReadonlySet<string>> {
  const pipeline = connection.pipeline();
  for (const account of accounts) pipeline.exists(keysOf(account).reconcile);
  const replies = (await pipeline.exec()) ?? [];
  return new Set(accounts.filter((_, place) => replies[place]?.[1] === 1));
}

export function sumOf(days: readonly DayCounts[]): DayCounts {
  const sum = { orders: 0, arrived: 0, refused: 0, missing: 0, enqueued: 0 };
  for (const day of days) {
    for (const name of Object.keys(sum) as (keyof DayCounts)[]) sum[name] += day[name];
  }
  return sum;
}

/** @param letters how many orders of the day have which record (order-records.ts) */
function countsOf(letters: Readonly<Record<string, string>>): DayCounts {
  const of = (letter: string) => Number(letters[letter] ?? 0);
  const counts = { arrived: of('a'), refused: of('r'), missing: of('m'), enqueued: of('e') };
  return { orders: counts.arrived + counts.refused + counts.missing + counts.enqueued, ...counts };
}
