/** `capi-forwarder status`: accounts with problems first; queue, holds, dead letters, the conservation balance. */
import type { Command } from 'commander';
import { reportCoverage } from '../coverage/report.js';
import type { AccountState } from '../queue/account-state.js';
import { byTrouble, letterCount } from '../queue/account-trouble.js';
import { type BalancedState, readBalanced } from '../queue/balanced-state.js';
import type { LostWrites } from '../queue/ledger-watch.js';
import { keysOf } from '../queue/queue.js';
import { readCoverage } from '../queue/read-coverage.js';
import { isServed } from '../queue/worker-presence.js';
import { redisNowMs } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { loadAccountNames } from '../settings/accounts.js';
import { nearnessOf } from '../settings/consent-end.js';
import { coverageText } from './coverage-text.js';
import { ageOf, print, printJson, table } from './output.js';
import { openConnection, openRuntime, runAction, UsageError } from './runtime.js';
import { tokenEndText } from './token-end-text.js';

/** With more accounts, each has a row instead of a table. */
const TABLES_MAX = 5;

interface StatusOptions {
  readonly account?: string;
  readonly coverage?: boolean;
  readonly json?: boolean;
}

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('accounts, those with problems first: queue, holds, dead letters, and whether the counts balance')
    .option('--account <name>', 'only this account, in full')
    .option('--coverage', 'instead: which match keys and consent the events of each source carry, by week')
    .option('--json', 'print JSON')
    .action((options: StatusOptions) => runAction(() => runStatus(options)));
}

async function runStatus({ account, coverage, json }: StatusOptions): Promise<number> {
  const { settings } = openRuntime('status', [(opened) => loadAccountNames(opened.settings)]);
  const names = loadAccountNames(settings);
  if (account !== undefined && !names.includes(account)) {
    throw new UsageError(`there is no account ${account}: see ACCOUNTS_FILE`);
  }
  const connection = await openConnection(settings, 'capi-status');
  try {
    const chosen = account === undefined ? names : [account];
    if (coverage) return await printCoverage(chosen, connection, json);
    const nowMs = await redisNowMs(connection, keysOf(chosen[0] ?? '').ledger);
    const read = await readBalanced(chosen, connection);
    const accounts = byTrouble(read, (state) => ({ state, difference: state.balance.difference }), nowMs);
    if (json) printJson(accounts);
    else
      for (const name of await unservedOf(chosen, connection))
        print(`NONE serves this account: ${name} (no live worker)`);
    if (!json) print(accounts.length > TABLES_MAX ? list(accounts, nowMs) : tables(accounts, nowMs));
    return accounts.every(({ balance }) => balance.difference === 0) ? 0 : 1;
  } finally {
    connection.disconnect();
  }
}

async function printCoverage(
  accounts: readonly string[],
  connection: RedisConnection,
  json: boolean | undefined,
): Promise<number> {
  const days = await readCoverage(accounts, connection);
  const reports = accounts.map((account, place) => reportCoverage(account, days[place] ?? []));
  if (json) return printJson(reports);
  print(reports.map(coverageText).join('\n\n'));
  return 0;
}

/** Accounts that no worker serves. */
async function unservedOf(names: readonly string[], connection: RedisConnection): Promise<string[]> {
  const answers = await Promise.all(names.map((name) => isServed(name, connection)));
  return names.filter((_, place) => !answers[place]);
}

function tables(accounts: readonly BalancedState[], nowMs: number): string {
  return accounts.map((account) => describe(account, nowMs)).join('\n');
}

function list(accounts: readonly BalancedState[], nowMs: number): string {
  const row = (state: BalancedState): string[] => {
    const { account, gate, queuedEvents, oldestMs, balance } = state;
    return [
      account,
      gate ? describeGate(gate, nowMs) : 'sending',
      String(queuedEvents),
      oldestMs === undefined ? '-' : ageOf(oldestMs, nowMs),
      String(letterCount(state)),
      String(balance.delivered),
      balance.difference === 0 ? 'balances' : `does NOT balance: ${balance.difference} unaccounted for`,
    ];
  };
  const held = accounts.filter(({ gate }) => gate && gate.reason !== 'throttled').length;
  const withLetters = accounts.filter((state) => letterCount(state) > 0).length;
  const unbalanced = accounts.filter(({ balance }) => balance.difference !== 0).length;
  const heads = ['account', 'state', 'queued', 'oldest', 'dead letters', 'delivered', 'counts'];
  return [
    `${accounts.length} accounts: ${unbalanced} do not balance, ${held} held, ${withLetters} with dead letters`,
    table(heads, accounts.map(row)),
    ...tokensEndingSoon(accounts, nowMs),
    'One in full: capi-forwarder status --account NAME',
  ].join('\n');
}

/** With many accounts, only those whose token a person must renew soon. */
function tokensEndingSoon(accounts: readonly BalancedState[], nowMs: number): string[] {
  return accounts.flatMap(({ account, refreshToken }) => {
    const endsAtMs = refreshToken?.endsAtMs;
    const isFar = endsAtMs === undefined || nearnessOf(endsAtMs, nowMs) === 'far';
    return isFar ? [] : [`refresh token of ${account}: ${tokenEndText(refreshToken, nowMs)}`];
  });
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
    refreshToken,
  }: BalancedState,
  nowMs: number,
): string {
  const letters = Object.entries(deadLetters).filter(([, count]) => count > 0);
  const total = letters.reduce((sum, [, count]) => sum + count, 0);
  const byReason = letters.map(([reason, count]) => `${reason} ${count}`).join(', ');
  const balanced = balance.difference === 0 ? 'balances' : `does NOT balance: ${balance.difference} unaccounted for`;
  const tokenEnd = tokenEndText(refreshToken, nowMs);
  const replayed = balance.replayed === 0 ? '' : ` + ${balance.replayed} replayed`;
  const taken = `${balance.accepted - balance.replayed} accepted${replayed}`;
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
        total === 0 ? 'none' : `${total}: ${byReason}; the oldest ${ageOf(oldestLetterMs ?? nowMs, nowMs)}`,
      ],
      ...(lostWrites ? [['lost by Redis', describeLoss(lostWrites, nowMs)]] : []),
      ...(tokenEnd === undefined ? [] : [['refresh token', tokenEnd]]),
      ['in the window', `${windowIds} ids`],
      [
        'counts',
        `${taken} = ${balance.delivered} delivered + ${balance.duplicate} duplicate + ${balance.deadLettered} dead-lettered + ${erased}${balance.queued} queued: ${balanced}`,
      ],
    ],
  );
}

function describeLoss({ atMs, count }: LostWrites, nowMs: number): string {
  return `${count} acknowledged events, ${ageOf(atMs, nowMs)} ago: see docs/runbooks/ledger.md`;
}

function describeGate({ reason, detail, sinceMs, untilMs }: NonNullable<AccountState['gate']>, nowMs: number): string {
  const next = untilMs > nowMs ? `tries again in ${ageOf(nowMs, untilMs)}` : 'tries now';
  return `${reason} (${detail}) for ${ageOf(sinceMs, nowMs)}, ${next}`;
}
