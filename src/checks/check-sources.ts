/** Which sources sent an account purchases recently, and whether their ids can be equal. */
import type { DedupeIdFields } from '../mapping/context.js';
import type { Source } from '../mapping/source.js';
import { readCoverage } from '../queue/read-coverage.js';
import { connectRedis } from '../redis/connect.js';
import { judgeSources } from './judge-sources.js';
import type { CheckResult } from './result.js';

const DAYS = 7;

/** @returns nothing for accounts with one source, or if Redis cannot be asked: its own check reports that */
export async function checkSources(
  url: string,
  accounts: readonly string[],
  ids: DedupeIdFields,
): Promise<CheckResult[]> {
  const connection = connectRedis(url, 'prompt', 'capi-check');
  connection.on('error', () => undefined);
  try {
    const days = await readCoverage(accounts, connection);
    return accounts.flatMap((account, place) => {
      const sources = new Set<Source>();
      for (const day of (days[place] ?? []).slice(0, DAYS)) {
        for (const [source, counts] of day.sources) if (counts.purchase > 0) sources.add(source);
      }
      return judgeSources(account, sources, ids);
    });
  } catch {
    return [];
  } finally {
    connection.disconnect();
  }
}
