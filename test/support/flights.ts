/** Batches in flight, with the gate, the clock and the log of a world: for tests of a single step of a delivery. */
import { keysOf } from '../../src/queue/queue.js';
import { RedisTrouble } from '../../src/redis/trouble.js';
import type { BatchEvent } from '../../src/worker/batcher.js';
import type { Flight } from '../../src/worker/flight.js';
import { type BackOff, Gate, type GateRecord } from '../../src/worker/gate.js';
import { RequestPlan } from '../../src/worker/request-plan.js';
import type { World } from './world.js';

/** Long enough that a closed gate stays closed for the whole test. */
export const LONG_BACK_OFF: BackOff = { baseMs: 60_000, maxMs: 3_600_000 };

export function openGate({ connection, account }: World, stopping = new AbortController().signal): Gate {
  return new Gate(connection, keysOf(account), LONG_BACK_OFF, stopping);
}

export function openTrouble({ log, connection }: World): RedisTrouble {
  return new RedisTrouble({ log, connection });
}

export function flightOf(gate: Gate, events: readonly BatchEvent[]): Flight {
  return {
    plan: new RequestPlan(events),
    turn: gate.takeTurn(),
    name: { batchId: 'tag-1', closedBy: 'linger' },
    hasBeenTried: false,
    isRefusedOnce: false,
    failedRefreshes: 0,
  };
}

/** The account's gate as a claim would find it now. */
export async function gateRecord({ account, connection }: World): Promise<GateRecord | undefined> {
  const [until, reason, began, tries] = await connection.hmget(
    keysOf(account).gate,
    'until',
    'reason',
    'began',
    'tries',
  );
  if (until === null || until === undefined) return undefined;
  return { until, reason: reason ?? '', began: began ?? '', tries: Number(tries) };
}

/** Log lines of this name, without the fields that every line has. */
export function linesOf({ logLines }: World, name: string): Record<string, unknown>[] {
  return logLines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === name)
    .map(({ time: _time, pid: _pid, hostname: _hostname, msg: _msg, ...fields }) => fields);
}
