/**
 * Shelves: the index of dead letters. A shelf has all letters of one cause, event type and certainty.
 *
 * PURE. A cause is a reason, Amazon's code and the pattern of its message. A shelf is a sorted set by time of failure. Its members
 * are a letter's id, a space, and the text for searches. So "how many", "how old", "of which cause" and "which contain this text"
 * are answered without reading a letter.
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
  /** Undefined if the event could not be read. */
  eventType: z.enum(EVENT_TYPES).optional(),
  isMaybeDelivered: z.boolean(),
  code: z.string(),
  pattern: z.string(),
});
export type Shelf = Readonly<z.output<typeof shelfSchema>>;

/** Above this number of shelves the pattern is left out: a message that differs each time must not fill Redis. */
export const SHELVES_MAX = 500;
const OTHER_MESSAGES = '(other messages)';
const PATTERN_MAX = 120;

export function shelfOf(letter: DeadLetter): Shelf {
  return shelfWith(letter, codeOf(letter), patternOf(letter.answer.message ?? ''));
}

/** A shelf's description as stored in Redis; undefined if the text is not one. */
export function readShelf(text: string): Shelf | undefined {
  return shelfSchema.safeParse(jsonOf(text)).data;
}

/** The shelf of a letter when there are too many shelves for its own. */
export function overflowShelfOf(letter: DeadLetter): Shelf {
  return shelfWith(letter, '-', OTHER_MESSAGES);
}

/** Identifies a cause in filters and URLs: twelve hex digits. */
function causeIdOf(cause: Pick<Shelf, 'reason' | 'code' | 'pattern'>): string {
  return digestOf([cause.reason, cause.code, cause.pattern]);
}

/** A cause in one line: Amazon's code and words, or else the reason. */
export function causeText({ reason, code, pattern }: Pick<Shelf, 'reason' | 'code' | 'pattern'>): string {
  const said = [code, pattern].filter((part) => part !== '-' && part !== '');
  return said.length === 0 ? reason.replaceAll('_', ' ') : said.join(' ');
}

/** A letter's member in its shelf. Ids have no space, so the id is the part before the first one. */
export function memberOf(letter: DeadLetter): string {
  return `${letter.id} ${detailsOf(letter)}`;
}

export function idOfMember(member: string): string {
  return member.slice(0, member.indexOf(' '));
}

/** The text for searches, in lower case: id, Amazon's code and message, dedupe id, name, country and source. */
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

/** Amazon's message without numbers, quoted words and ids, so that the same fault gives the same text. */
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
