/** Whether Redis has kept what it acknowledged, as far as our processes have noticed. */
import { readLostWrites } from '../queue/ledger-watch.js';
import { connectRedis } from '../redis/connect.js';
import { type CheckResult, ok, warn } from './result.js';

/** @returns nothing if Redis cannot be asked: its own check reports that */
export async function checkLedger(url: string, accounts: readonly string[]): Promise<CheckResult[]> {
  const connection = connectRedis(url, 'prompt', 'capi-check');
  connection.on('error', () => undefined);
  try {
    return await Promise.all(
      accounts.map(async (account) => {
        const name = `ledger ${account}`;
        const lost = await readLostWrites(account, connection);
        if (!lost) return ok(name, 'no acknowledged event is known to be lost');
        const found = `Redis lost ${lost.count} acknowledged events at ${new Date(lost.atMs).toISOString()}`;
        return warn(name, found, 'enqueue the orders of that time again: docs/runbooks/ledger.md');
      }),
    );
  } catch {
    return [];
  } finally {
    connection.disconnect();
  }
}
