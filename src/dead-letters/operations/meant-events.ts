/**
 * Which entries of jobs, and which dead letters, an erasure means: those with a match key or with one of the ids.
 *
 * PURE. Match keys are searched in the text. An id is compared with the event's, and with the one from before a correction. It is
 * searched as text only in unreadable data. An id that a shop wrote may mean sixty ids, and each event is compared with all of
 * them.
 */
import { idText } from '../../queue/job.js';

/** @param hashes lower case */
export function meansEvents(hashes: readonly string[], dedupeIds: readonly string[]): (value: unknown) => boolean {
  const ids = new Set(dedupeIds);
  // Unreadable data is a text inside the letter: its quotes are escaped there.
  const needles = [...ids].map(idText).flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]);
  return (value) => {
    const found = ids.size === 0 ? [] : allIdsOf(value);
    if (found.some((id) => ids.has(id))) return true;
    const isUnread = ids.size > 0 && found.length === 0;
    if (hashes.length === 0 && !isUnread) return false;
    const text = JSON.stringify(value) ?? '';
    return hashes.some((hash) => text.includes(hash)) || (isUnread && needles.some((needle) => text.includes(needle)));
  };
}

/** '' if an entry is not an event of ours. */
export function dedupeIdOf(entry: unknown): string {
  const event = fieldOf(entry, 'event');
  return typeof event === 'object' && event !== null && 'clientDedupeId' in event ? String(event.clientDedupeId) : '';
}

/** Ids of an entry or a letter, also the one from before a correction. */
export function allIdsOf(entry: unknown): string[] {
  const originals = [fieldOf(entry, 'original'), fieldOf(fieldOf(entry, 'past'), 'original')];
  return [dedupeIdOf(entry), ...originals.map((event) => dedupeIdOf({ event }))].filter((id) => id !== '');
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
