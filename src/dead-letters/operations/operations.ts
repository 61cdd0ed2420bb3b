/** What the command and the console can do to many dead letters: replay, discard, and resume either. */
import type { MappingContext } from '../../mapping/context.js';
import { beginOperation, resumeOperation, type StartedOperation } from './begin-operation.js';
import { openDiscard } from './discard.js';
import { type LetterAccess, type OperationOptions, OperationRunningError } from './execute-operation.js';
import type { OperationOrder, OperationRecord } from './operation.js';
import { OperationStore } from './operation-store.js';
import { openReplay } from './replay.js';

export type ReplayOptions = OperationOptions & {
  /** How corrected events are checked. */
  readonly context: MappingContext;
};

/** Sends letters back to the queue. The same order again continues where it stopped. */
export function beginReplay(
  access: LetterAccess,
  order: OperationOrder,
  { context, ...options }: ReplayOptions,
): Promise<StartedOperation> {
  return beginOperation(access, openReplay(access, order, { context, by: options.by }), order, options);
}

/** Deletes letters. */
export function beginDiscard(
  access: LetterAccess,
  order: OperationOrder,
  options: OperationOptions,
): Promise<StartedOperation> {
  return beginOperation(access, openDiscard(access), order, options);
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
export async function resume(access: LetterAccess, id: string, options: ReplayOptions): Promise<StartedOperation> {
  const record = await new OperationStore(access.store.account, access.connection).read(id);
  if (!record) throw new NotResumableError(`there is no operation ${id}`);
  if (record.state === 'running') throw new OperationRunningError(`operation ${id} runs`);
  const { context, ...rest } = options;
  return resumeOperation(access, actionOf(access, record, { context, by: options.by }), record, rest);
}

function actionOf(
  access: LetterAccess,
  { id, kind, order, isResumable }: OperationRecord,
  how: { readonly context: MappingContext; readonly by: string },
) {
  if (!isResumable) {
    throw new NotResumableError(`operation ${id} held personal data, which is not kept: give the same command again`);
  }
  if (kind === 'replay') return openReplay(access, order, how);
  if (kind === 'discard') return openDiscard(access);
  throw new NotResumableError(`operation ${id} is a ${kind}: give the same command again`);
}
