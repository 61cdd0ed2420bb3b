/** Days of made-up traffic for the coverage report. */
import { COUNTED, type Counted } from '../../src/coverage/marks.js';
import type { Counts, CoverageDay } from '../../src/coverage/period.js';
import type { Source } from '../../src/mapping/source.js';
import { keysOf } from '../../src/queue/queue.js';
import { fieldOf } from '../../src/queue/record-coverage.js';
import type { RedisConnection } from '../../src/redis/connect.js';

export const DAY_MS = 86_400_000;

export type DayCounts = Partial<Record<Counted, number>>;

export function countsOf(some: DayCounts): Counts {
  return Object.fromEntries(COUNTED.map((name) => [name, some[name] ?? 0])) as Counts;
}

/** Fifteen days, today first, each with what the sources sent. */
export function daysWith(
  todayMs: number,
  of: (back: number) => Partial<Record<Source, DayCounts>>,
): readonly CoverageDay[] {
  return Array.from({ length: 15 }, (_, back) => ({
    startMs: todayMs - back * DAY_MS,
    sources: new Map(Object.entries(of(back)).map(([source, some]) => [source as Source, countsOf(some)])),
  }));
}

/** Writes days as Redis stores them. */
export async function layDays(
  account: string,
  connection: RedisConnection,
  days: readonly CoverageDay[],
): Promise<void> {
  for (const { startMs, sources } of days) {
    for (const [source, counts] of sources) {
      const fields = Object.entries(counts).filter(([, count]) => count > 0);
      for (const [name, count] of fields) {
        await connection.hset(`${keysOf(account).coverage}${startMs / DAY_MS}`, fieldOf(source, name), String(count));
      }
    }
  }
}
