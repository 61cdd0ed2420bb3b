/** What the command and the console can do to many dead letters: replay, discard, and resume either. */
import type { MappingContext } from '../../mapping/context.js';
import { openDiscard } from './discard.js';
import type { OperationOrder, OperationRecord } from './operation.js';
import { type OperationOptions, type OperationParts, OperationRunningError } from './operation-pass.js';
import { OperationStore } from './operation-store.js';
import { openReplay } from './replay.js';
import { beginOperation, resumeOperation, type Underway } from './run-operation.js';

export type ReplayOptions = OperationOptions & {
  /** How corrected events are checked. */
  readonly context: MappingContext;
};

/** Sends letters back to the queue. The same order again continues where it stopped. */
export function beginReplay(
  parts: OperationParts,
  order: OperationOrder,
  { context, ...options }: ReplayOptions,
): Promise<Underway> {
  return beginOperation(parts, openReplay(parts, order, { context, by: options.by }), order, options);
}

/** Deletes letters. */
export function beginDiscard(
  parts: OperationParts,
  order: OperationOrder,
  options: OperationOptions,
): Promise<Underway> {
  return beginOperation(parts, openDiscard(parts), order, options);
}

/** Why an operation cannot be resumed. */
export class NotResumableError extends Error {
  readonly code = 'NOT_RESUMABLE';
}

/**
 * Resumes a replay or a discard that stopped early.
 *
 * @throws NotResumableError, OperationRunningError
 */
export async function resume(parts: OperationParts, id: string, options: ReplayOptions): Promise<Underway> {
  const record = await new OperationStore(parts.store.account, parts.connection).read(id);
  if (!record) throw new NotResumableError(`there is no operation ${id}`);
  if (record.state === 'running') throw new OperationRunningError(`operation ${id} runs`);
  const { context, ...rest } = options;
  return resumeOperation(parts, workOf(parts, record, { context, by: options.by }), record, rest);
}

function workOf(
  parts: OperationParts,
  { id, kind, order, isResumable }: OperationRecord,
  how: { readonly context: MappingContext; readonly by: string },
) {
  if (!isResumable) {
    throw new NotResumableError(`operation ${id} held personal data, which is not kept: give the same command again`);
  }
  if (kind === 'replay') return openReplay(parts, order, how);
  if (kind === 'discard') return openDiscard(parts);
  throw new NotResumableError(`operation ${id} is a ${kind}: give the same command again`);
}
