/** `capi-forwarder status`: queue, oldest age, holds, dead letters by reason, the conservation balance. */
import type { Command } from 'commander';
import { loadAccountNames } from '../accounts.js';
import { type Balance, balanceOf, countQueuedEvents } from '../balance.js';
import { type AccountState, readAccountState } from '../queue-state.js';
import type { RedisConnection } from '../redis.js';
import { ageOf, table } from './output.js';
import { openConnection, openRuntime, runAction } from './runtime.js';

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('queue, oldest age, holds, dead letters by reason, and whether the counts balance')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => runAction(() => runStatus(options)));
}

async function runStatus({ json }: { json?: boolean }): Promise<number> {
  const { settings } = openRuntime('status');
  const connection = openConnection(settings, 'capi-status');
  try {
    const accounts: (AccountState & { balance: Balance })[] = [];
    for (const account of loadAccountNames(settings)) {
      accounts.push(await readBalanced(account, connection));
    }
    if (json) process.stdout.write(`${JSON.stringify(accounts)}\n`);
    else for (const account of accounts) process.stdout.write(`${describe(account)}\n`);
    return accounts.every(({ balance }) => balance.difference === 0) ? 0 : 1;
  } finally {
    connection.disconnect();
  }
}

const LOOKS = 5;

/**
 * State and balance of one moment. While events move, the count of the queue and the ledger are read at different
 * times: a difference is believed only if the ledger stood still meanwhile, or after several looks.
 */
async function readBalanced(
  account: string,
  connection: RedisConnection,
): Promise<AccountState & { balance: Balance }> {
  for (let look = 1; ; look += 1) {
    const before = await readAccountState(account, connection);
    const queued = await countQueuedEvents(account, connection);
    const state = await readAccountState(account, connection, 1);
    const balance = balanceOf(state.ledger, queued);
    const stoodStill = JSON.stringify(before.ledger) === JSON.stringify(state.ledger);
    if (balance.difference === 0 || stoodStill || look === LOOKS) return { ...state, balance };
  }
}

function describe({
  account,
  jobs,
  oldestMs,
  gate,
  deadLetters,
  oldestLetterMs,
  balance,
  windowIds,
}: AccountState & { balance: Balance }): string {
  const nowMs = Date.now();
  const letters = Object.entries(deadLetters).filter(([, count]) => count > 0);
  const letterCount = letters.reduce((sum, [, count]) => sum + count, 0);
  const byReason = letters.map(([reason, count]) => `${reason} ${count}`).join(', ');
  const balanced = balance.difference === 0 ? 'balances' : `does NOT balance: ${balance.difference} unaccounted for`;
  const erased = balance.erased === 0 ? '' : `${balance.erased} erased + `;
  return table(
    [`account ${account}`, ''],
    [
      [
        'queued',
        `${balance.queued} events in ${jobs.waiting} waiting, ${jobs.active} active, ${jobs.delayed} delayed jobs`,
      ],
      ['oldest', oldestMs === undefined ? 'nothing waits' : ageOf(oldestMs, nowMs)],
      ['hold', gate ? describeGate(gate, nowMs) : 'none'],
      [
        'dead letters',
        letterCount === 0 ? 'none' : `${letterCount}: ${byReason}; the oldest ${ageOf(oldestLetterMs ?? nowMs, nowMs)}`,
      ],
      ['in the window', `${windowIds} ids`],
      [
        'accepted',
        `${balance.accepted} = ${balance.delivered} delivered + ${balance.duplicate} duplicate + ${balance.deadLettered} dead-lettered + ${erased}${balance.queued} queued: ${balanced}`,
      ],
    ],
  );
}

function describeGate({ reason, detail, sinceMs, untilMs }: NonNullable<AccountState['gate']>, nowMs: number): string {
  const next = untilMs > nowMs ? `tries again in ${ageOf(nowMs, untilMs)}` : 'tries now';
  return `${reason} (${detail}) for ${ageOf(sinceMs, nowMs)}, ${next}`;
}
