/**
 * Shelves: the index of dead letters. All letters of one cause, event type and certainty lie on one shelf.
 *
 * PURE. A cause is a reason, Amazon's code and the pattern of its message. A shelf is a sorted set by time of death whose
 * members are a letter's id, a space, and the text that a search looks through. So "how many", "how old", "of which
 * cause" and "which hold this text" are answered without reading a single letter.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { EVENT_TYPES } from '../mapping/event.js';
import { DEAD_REASONS } from '../mapping/outcome.js';
import { jsonOf } from './json-text.js';
import type { DeadLetter } from './letter.js';

const shelfSchema = z.object({
  id: z.string(),
  causeId: z.string(),
  reason: z.enum(DEAD_REASONS),
  /** Undefined where the event could not be read. */
  eventType: z.enum(EVENT_TYPES).optional(),
  isMaybeDelivered: z.boolean(),
  code: z.string(),
  pattern: z.string(),
});
export type Shelf = Readonly<z.output<typeof shelfSchema>>;

/** Past this many shelves the pattern is left out: a message that never reads the same twice must not fill Redis. */
export const SHELVES_MAX = 500;
const OTHER_MESSAGES = '(other messages)';
const PATTERN_MAX = 120;

export function shelfOf(letter: DeadLetter): Shelf {
  return shelfWith(letter, codeOf(letter), patternOf(letter.answer.message ?? ''));
}

/** A shelf's description as it lies in Redis; undefined for what is none. */
export function readShelf(text: string): Shelf | undefined {
  return shelfSchema.safeParse(jsonOf(text)).data;
}

/** Where a letter lies that found no room on a shelf of its own. */
export function overflowShelfOf(letter: DeadLetter): Shelf {
  return shelfWith(letter, '-', OTHER_MESSAGES);
}

/** Stands for a cause in filters and addresses: twelve hex digits. */
function causeIdOf(cause: Pick<Shelf, 'reason' | 'code' | 'pattern'>): string {
  return digestOf([cause.reason, cause.code, cause.pattern]);
}

/** A cause in a line: Amazon's code and words, or else the reason. */
export function causeText({ reason, code, pattern }: Pick<Shelf, 'reason' | 'code' | 'pattern'>): string {
  const said = [code, pattern].filter((part) => part !== '-' && part !== '');
  return said.length === 0 ? reason.replaceAll('_', ' ') : said.join(' ');
}

/** A letter's member in its shelf. Ids hold no space, so the id is what stands before the first. */
export function memberOf(letter: DeadLetter): string {
  return `${letter.id} ${detailsOf(letter)}`;
}

export function idOfMember(member: string): string {
  return member.slice(0, member.indexOf(' '));
}

/** What a search looks through, in lower case: id, Amazon's code and message, dedupe id, name, country and source. */
export function searchableText(letter: DeadLetter): string {
  return memberOf(letter).toLowerCase();
}

function detailsOf({ answer, event, source }: DeadLetter): string {
  return [answer.code, answer.message, event?.clientDedupeId, event?.name, event?.countryCode, source]
    .filter((part) => part !== undefined)
    .join('\n')
    .toLowerCase();
}

function shelfWith({ reason, event, isMaybeDelivered }: DeadLetter, code: string, pattern: string): Shelf {
  const eventType = EVENT_TYPES.find((type) => type === event?.eventType);
  return {
    id: digestOf([reason, eventType ?? null, isMaybeDelivered, code, pattern]),
    causeId: causeIdOf({ reason, code, pattern }),
    reason,
    ...(eventType && { eventType }),
    isMaybeDelivered,
    code,
    pattern,
  };
}

function codeOf({ answer }: DeadLetter): string {
  return answer.code ?? (answer.status === undefined ? '-' : String(answer.status));
}

/** Amazon's message with numbers, quoted words and ids left out, so that the same fault reads the same. */
function patternOf(message: string): string {
  return message
    .replace(/(["'`]).*?\1/g, '…')
    .replace(/\b[0-9a-f]{8,}\b/gi, '…')
    .replace(/\d+/g, 'N')
    .slice(0, PATTERN_MAX);
}

function digestOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}
