/** `capi-forwarder status`: queue, oldest age, holds, dead letters by reason, the conservation balance. */
import type { Command } from 'commander';
import { loadAccountNames } from '../accounts.js';
import type { Balance } from '../balance.js';
import { readBalanced } from '../balanced-state.js';
import type { LostWrites } from '../ledger-watch.js';
import { keysOf } from '../queue.js';
import type { AccountState } from '../queue-state.js';
import { redisNowMs } from '../redis-clock.js';
import { ageOf, print, printJson, table } from './output.js';
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
    if (json) printJson(accounts);
    else {
      for (const account of accounts) {
        const nowMs = await redisNowMs(connection, keysOf(account.account).ledger);
        print(describe(account, nowMs));
      }
    }
    return accounts.every(({ balance }) => balance.difference === 0) ? 0 : 1;
  } finally {
    connection.disconnect();
  }
}

function describe(
  {
    account,
    jobs,
    oldestMs,
    gate,
    deadLetters,
    oldestLetterMs,
    balance,
    lostWrites,
    windowIds,
  }: AccountState & { balance: Balance },
  nowMs: number,
): string {
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
      ...(lostWrites ? [['lost by Redis', describeLoss(lostWrites, nowMs)]] : []),
      ['in the window', `${windowIds} ids`],
      [
        'accepted',
        `${balance.accepted} = ${balance.delivered} delivered + ${balance.duplicate} duplicate + ${balance.deadLettered} dead-lettered + ${erased}${balance.queued} queued: ${balanced}`,
      ],
    ],
  );
}

function describeLoss({ atMs, count }: LostWrites, nowMs: number): string {
  return `${count} acknowledged events, ${ageOf(atMs, nowMs)} ago: see docs/runbooks/CapiLedgerWentBack.md`;
}

function describeGate({ reason, detail, sinceMs, untilMs }: NonNullable<AccountState['gate']>, nowMs: number): string {
  const next = untilMs > nowMs ? `tries again in ${ageOf(nowMs, untilMs)}` : 'tries now';
  return `${reason} (${detail}) for ${ageOf(sinceMs, nowMs)}, ${next}`;
}
