/**
 * Discard: removes dead letters because a person asked for it, because their retention is over, or because they contain what is
 * to be erased.
 */
import { runScript } from '../../redis/script.js';
import type { DeadLetter } from '../letter.js';
import { readTaken, takeLetters } from '../take-script.js';
import type { LetterAccess, OperationAction, TakeStep } from './execute-operation.js';

/** @param isMeant selects from the filter's letters; all of them if absent */
export function openDiscard(
  { store, connection }: LetterAccess,
  kind: 'discard' | 'retention' | 'erase' = 'discard',
  isMeant: (letter: DeadLetter) => boolean = () => true,
): OperationAction {
  return {
    kind,
    prepare: (letter) => (isMeant(letter) ? {} : undefined),
    take: takeAway({ store, connection }),
  };
}

function takeAway({ store, connection }: LetterAccess): TakeStep {
  return async (letters, { run, ...at }) => {
    const call = takeLetters(store.keys, { ...at, runner: run.runner, field: 'discarded', letters });
    return readTaken(await runScript(connection, call), letters);
  };
}
