/**
 * `npm run chaos -- --failover [--only NAME] [--rate R] [--seconds N] [--down-after MS] [--ack N]`: each fault once,
 * and a table of its effects. Exits with 1 if an acknowledged event was lost, a process needed longer than 15 s, or
 * `status` did not balance.
 */
import { TROUBLE_NAMES, type TroubleName, tryFailover } from './failovers.js';
import type { TrialResult } from './trial.js';

const RECOVERS_WITHIN_SECONDS = 15;

export interface FailoverRun {
  readonly only: string | undefined;
  readonly eventsPerSecond: number;
  readonly loadMs: number;
  readonly downAfterMs: number;
  /** REDIS_ACK_REPLICAS. Undefined for its default. */
  readonly replicas: string | undefined;
}

/** @returns false if a guarantee was broken */
export async function reportFailovers(
  { only, replicas, ...load }: FailoverRun,
  say: (line: string) => void,
): Promise<boolean> {
  const settings = replicas === undefined ? {} : { REDIS_ACK_REPLICAS: replicas };
  say(
    '| trouble | acknowledged | a second | lost | counted twice | seconds to recover | status | requests sent again |',
  );
  say('|---|---|---|---|---|---|---|---|');
  let isKept = true;
  for (const name of TROUBLE_NAMES.filter((known) => only === undefined || known.includes(only))) {
    const result = await tryFailover(name, { ...load, settings });
    say(rowOf(name, result));
    say(`<!-- ${JSON.stringify(result.logged)} ${JSON.stringify(result.noise.slice(0, 3))} -->`);
    isKept &&= result.lost === 0 && result.isBalanced && result.secondsToRecover < RECOVERS_WITHIN_SECONDS;
  }
  return isKept;
}

function rowOf(name: TroubleName, result: TrialResult): string {
  const { acknowledged, eventsPerSecond, lost, twice, secondsToRecover, isBalanced, unacknowledgedRequests } = result;
  const cells = [
    name,
    acknowledged,
    eventsPerSecond,
    lost,
    twice,
    secondsToRecover.toFixed(1),
    isBalanced ? 'balances' : 'DOES NOT BALANCE',
    unacknowledgedRequests,
  ];
  return `| ${cells.join(' | ')} |`;
}
