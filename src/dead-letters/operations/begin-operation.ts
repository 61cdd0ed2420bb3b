/**
 * Begins an operation, or resumes one that stopped early.
 *
 * Promise: the set of letters is fixed at the beginning. An operation that stopped early, by a person or a crash, continues after
 * the last letter that it had read. One process runs it at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { frozenAt } from '../filter.js';
import {
  BEAT_MS,
  type LetterAccess,
  type OperationAction,
  OperationExecution,
  type OperationOptions,
  OperationRunningError,
  type PlannedOperation,
  tellLog,
} from './execute-operation.js';
import { type Actor, digestOfOrder, type OperationOrder, type OperationRecord, STALE_MS } from './operation.js';
import { OperationStore, type Run } from './operation-store.js';

const RESUME_WITHIN_MS = 24 * 3_600_000;
/** How many records are searched for an interrupted operation of the same order. */
const SEARCHED_RECORDS = 50;

/** An operation in progress. */
export interface StartedOperation {
  readonly id: string;
  /** Resolves with the record when the operation has ended in any way; rejects if Redis or the program failed. */
  readonly ended: Promise<OperationRecord>;
}

/**
 * Begins an operation, or resumes the latest one with the same filter and corrections that stopped early within a day.
 *
 * @throws OperationRunningError if that one still runs somewhere
 */
export async function beginOperation(
  access: LetterAccess,
  action: OperationAction,
  order: OperationOrder,
  options: OperationOptions,
): Promise<StartedOperation> {
  const operations = new OperationStore(access.store.account, access.connection);
  const isRepeated = action.kind === 'replay' || action.kind === 'discard';
  const untilMs = await access.store.nowMs();
  const unfinished = isRepeated && (await findUnfinished(operations, digestOfOrder(action.kind, order), untilMs));
  if (unfinished) return goOn({ access, action, operations, order, options }, unfinished);
  const filter = frozenAt(order.filter, untilMs);
  const total = await access.store.count(filter);
  const { causes } = order.filter;
  const told = causes ? { ...order, causeWords: await access.store.causeWords(causes) } : order;
  const run = await operations.begin(action.kind, told, options, { total, untilMs });
  tellLog(access, 'started', { run, action, order: { ...order, filter }, by: options.by, count: total });
  const execution = new OperationExecution(
    { access, action, operations, order: { ...order, filter }, options, run },
    { total, done: 0 },
  );
  return { id: run.id, ended: execution.finish() };
}

/** Resumes an operation that stopped early, as its record says. */
export async function resumeOperation(
  access: LetterAccess,
  action: OperationAction,
  record: OperationRecord,
  options: OperationOptions,
): Promise<StartedOperation> {
  const operations = new OperationStore(access.store.account, access.connection);
  return goOn({ access, action, operations, order: record.order, options }, record);
}

async function goOn(planned: PlannedOperation, record: OperationRecord): Promise<StartedOperation> {
  const run = await takeOver(planned.operations, record.id, planned.options);
  const filter = frozenAt(planned.order.filter, record.order.filter.untilMs ?? record.startedAt);
  const { access, action, order, options } = planned;
  tellLog(access, 'resumed', { run, action, order: { ...order, filter }, by: options.by, count: record.done });
  const execution = new OperationExecution({ ...planned, order: { ...order, filter }, run }, record);
  return { id: run.id, ended: execution.finish() };
}

async function findUnfinished(
  operations: OperationStore,
  digest: string,
  nowMs: number,
): Promise<OperationRecord | undefined> {
  const records = await operations.list(SEARCHED_RECORDS);
  const latest = records.find((record) => record.digest === digest);
  if (!latest || latest.state === 'done' || nowMs - latest.startedAt > RESUME_WITHIN_MS) return undefined;
  return latest;
}

/** A runner that was just killed still looks alive: after a few seconds its record is stale. */
async function takeOver(operations: OperationStore, id: string, actor: Actor): Promise<Run> {
  for (let waitedMs = 0; ; waitedMs += BEAT_MS) {
    const run = await operations.takeOver(id, { by: actor.by, via: actor.via });
    if (typeof run !== 'string') return run;
    if (run === 'ended' || waitedMs > STALE_MS) {
      throw new OperationRunningError(
        run === 'ended'
          ? `operation ${id} is done: there is nothing to go on with`
          : `operation ${id} of the same filter runs right now: wait for it, or cancel it`,
      );
    }
    await sleep(BEAT_MS);
  }
}
