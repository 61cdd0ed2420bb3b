/**
 * Begins an operation, or resumes one that stopped early.
 *
 * Promise: the set of letters is fixed at the beginning. An operation that stopped early, by a person or a crash, continues after
 * the last letter that it had read. One process runs it at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { frozenAt } from '../filter.js';
import { type Actor, digestOfOrder, type OperationOrder, type OperationRecord, STALE_MS } from './operation.js';
import {
  BEAT_MS,
  type OperationOptions,
  type OperationParts,
  OperationRunningError,
  Pass,
  type Task,
  tellLog,
  type Work,
} from './operation-pass.js';
import { OperationStore, type Run } from './operation-store.js';

const RESUME_WITHIN_MS = 24 * 3_600_000;
/** How many records are searched for an interrupted operation of the same order. */
const SEARCHED_RECORDS = 50;

/** An operation in progress. */
export interface Underway {
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
  parts: OperationParts,
  work: Work,
  order: OperationOrder,
  options: OperationOptions,
): Promise<Underway> {
  const operations = new OperationStore(parts.store.account, parts.connection);
  const isRepeated = work.kind === 'replay' || work.kind === 'discard';
  const untilMs = await parts.store.nowMs();
  const unfinished = isRepeated && (await findUnfinished(operations, digestOfOrder(work.kind, order), untilMs));
  if (unfinished) return goOn({ parts, work, operations, order, options }, unfinished);
  const filter = frozenAt(order.filter, untilMs);
  const total = await parts.store.count(filter);
  const { causes } = order.filter;
  const told = causes ? { ...order, causeWords: await parts.store.causeWords(causes) } : order;
  const run = await operations.begin(work.kind, told, options, { total, untilMs });
  tellLog(parts, 'started', { run, work, order: { ...order, filter }, by: options.by, count: total });
  const pass = new Pass({ parts, work, operations, order: { ...order, filter }, options, run }, { total, done: 0 });
  return { id: run.id, ended: pass.toItsEnd() };
}

/** Resumes an operation that stopped early, as its record says. */
export async function resumeOperation(
  parts: OperationParts,
  work: Work,
  record: OperationRecord,
  options: OperationOptions,
): Promise<Underway> {
  const operations = new OperationStore(parts.store.account, parts.connection);
  return goOn({ parts, work, operations, order: record.order, options }, record);
}

async function goOn(task: Task, record: OperationRecord): Promise<Underway> {
  const run = await takeOver(task.operations, record.id, task.options);
  const filter = frozenAt(task.order.filter, record.order.filter.untilMs ?? record.startedAt);
  const { parts, work, order, options } = task;
  tellLog(parts, 'resumed', { run, work, order: { ...order, filter }, by: options.by, count: record.done });
  const pass = new Pass({ ...task, order: { ...order, filter }, run }, record);
  return { id: run.id, ended: pass.toItsEnd() };
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
