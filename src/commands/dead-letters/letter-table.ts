/**
 * Letters as a table for a terminal: which order each is, and why it failed. A row has at most 120 columns: a longer
 * dedupe id is shortened in the middle. It may be shown, as intake rejects ids that look like an e-mail address or a
 * phone number.
 */
import type { DeadLetter } from '../../dead-letters/letter.js';
import { visibleText } from '../../telemetry/visible-text.js';
import { ageOf, table } from '../output.js';

const HEADS = ['id', 'dedupe id', 'reason', 'code', 'age', 'attempts', 'delivered'];
const DEDUPE_ID = HEADS.indexOf('dedupe id');
const COLUMNS_MAX = 120;
/** A border and a space on each side of a cell, and the last border. */
const FRAME = HEADS.length * 3 + 1;
const CODE_MAX = 20;
/** Rows of letters with very long ids are wider. */
const DEDUPE_ID_MIN = 20;

export function letterTable(letters: readonly DeadLetter[], nowMs: number): string {
  const rows = letters.map((letter) => [
    letter.id,
    letter.event?.clientDedupeId ?? '-',
    letter.reason,
    shortened(letter.answer.code ?? String(letter.answer.status ?? '-'), CODE_MAX),
    ageOf(letter.diedAt, nowMs),
    String(letter.attempts),
    letter.isMaybeDelivered ? 'maybe' : 'no',
  ]);
  const widths = HEADS.map((head, at) =>
    Math.max(...[head, ...rows.map((row) => row[at] ?? '')].map(({ length }) => length)),
  );
  const others = widths.reduce((sum, width, at) => (at === DEDUPE_ID ? sum : sum + width), FRAME);
  const room = Math.max(DEDUPE_ID_MIN, COLUMNS_MAX - others);
  return table(
    HEADS,
    rows.map((row) => row.with(DEDUPE_ID, shortened(row[DEDUPE_ID] ?? '-', room))),
  );
}

/** Ids differ at their ends, so the middle is left out. */
function shortened(text: string, max: number): string {
  const shown = visibleText(text);
  if (shown.length <= max) return shown;
  const start = Math.floor((max - 1) / 2);
  return `${shown.slice(0, start)}…${shown.slice(start + 1 - max)}`;
}
