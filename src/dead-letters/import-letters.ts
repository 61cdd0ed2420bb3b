/**
 * Import: adds letters that were exported from another system, or from here before they were removed.
 *
 * A letter that is already here does not change. The age of the others starts now, even if they failed long ago. The content of a
 * file is checked like any event, and hashed before it is stored: imported-letter.ts.
 */

import type { MappingContext } from '../mapping/context.js';
import { addJobs } from '../queue/bullmq-commands.js';
import { DEAD_LETTERS_QUEUE, openQueue } from '../queue/queue.js';
import { tellHistory } from './history.js';
import { readImportedLetter } from './imported-letter.js';
import { type DeadLetter, letterJob } from './letter.js';
import type { LetterAccess } from './operations/execute-operation.js';
import type { Actor } from './operations/operation.js';
import { indexLetters } from './shelf-scripts.js';

const LETTERS_PER_WRITE = 100;

export interface ImportReport {
  readonly imported: number;
  /** Were already here. */
  readonly known: number;
  readonly refused: readonly { readonly line: number; readonly why: string }[];
}

/** @param lines letters as `export` wrote them, one for each line */
export async function importLetters(
  { store, connection, log }: LetterAccess,
  lines: AsyncIterable<{ readonly number: number; readonly text: string }>,
  { context, by, via }: Actor & { readonly context: MappingContext },
): Promise<ImportReport> {
  const queue = openQueue(store.account, DEAD_LETTERS_QUEUE, connection);
  const refused: { line: number; why: string }[] = [];
  let imported = 0;
  let known = 0;
  let step: DeadLetter[] = [];
  const flush = async () => {
    const importedAt = await store.nowMs();
    const isHere = await Promise.all(step.map(({ id }) => connection.exists(store.keys.letter + id)));
    const fresh = step.filter((_, place) => isHere[place] === 0).map((letter) => Object.assign(letter, { importedAt }));
    if (fresh.length > 0) await addJobs(queue, connection, fresh.map(letterJob), indexLetters(store.keys, fresh));
    imported += fresh.length;
    known += step.length - fresh.length;
    step = [];
  };
  try {
    for await (const { number: line, text } of lines) {
      if (text.trim() === '') continue;
      const read = readImportedLetter(text, store.account, context);
      if ('why' in read) refused.push({ line, why: read.why });
      else step.push(read.letter);
      if (step.length >= LETTERS_PER_WRITE) await flush();
    }
    await flush();
  } finally {
    await queue.close();
  }
  if (imported > 0) await tellHistory(connection, store.account, { kind: 'import', by, via, done: imported });
  log?.info('letters.import', { account: store.account, status: 'done', by, count: imported });
  return { imported, known, refused };
}
