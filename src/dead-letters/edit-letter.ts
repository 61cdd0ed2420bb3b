/** Edits one dead letter in place: the event is corrected and checked, nothing is sent. The original event is kept. */
import type { MappingContext } from '../mapping/context.js';
import type { Issue } from '../mapping/refusal.js';
import { runScript } from '../redis/script.js';
import { tellHistory } from './history.js';
import { type DeadLetter, readLetter } from './letter.js';
import { checkEvent } from './operations/edit.js';
import type { LetterAccess } from './operations/execute-operation.js';
import type { Actor } from './operations/operation.js';
import { replaceLetter } from './shelf-scripts.js';

const EDITS_KEPT = 20;

export type EditResult =
  | { readonly kind: 'saved'; readonly letter: DeadLetter }
  | { readonly kind: 'refused'; readonly issues: readonly Issue[] }
  /** Somebody else has replayed, discarded or edited it. */
  | { readonly kind: 'gone' };

/** @param draft the whole event as a person wrote it; raw match keys in it are hashed */
export async function editLetter(
  { store, connection, log }: LetterAccess,
  id: string,
  draft: unknown,
  { context, by, via }: Actor & { readonly context: MappingContext },
): Promise<EditResult> {
  const was = await store.text(id);
  if (was === undefined) return { kind: 'gone' };
  const checked = checkEvent(draft, context);
  if (!checked.ok) return { kind: 'refused', issues: checked.issues };
  const before = readLetter(id, store.account, was);
  const original = before.original ?? before.event ?? undefined;
  const edits = [...(before.edits ?? []), { at: await store.nowMs(), by }].slice(-EDITS_KEPT);
  const after: DeadLetter = { ...before, event: checked.event, edits, ...(original && { original }) };
  const isReplaced = await runScript(connection, replaceLetter(store.keys, { was, before, after }));
  if (isReplaced !== 1) return { kind: 'gone' };
  await tellHistory(connection, store.account, { kind: 'edit', by, via, done: 1, letter: id });
  log?.info('letters.edit', { account: store.account, status: 'done', by, letterId: id });
  return { kind: 'saved', letter: after };
}
