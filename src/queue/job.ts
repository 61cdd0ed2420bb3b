/**
 * The bytes of a job: the only place that writes them. read-job.ts reads them.
 *
 * A job is JSON `{v, isCounted, count, source?, enqueuedAt?, events}`. If its events share source and time, the job says both and
 * its entries contain only their `event`: the packed form, in which an entry takes eleven bytes besides its event. `events` is
 * last and `count` near the start, so that events can be cut out of the text and counted without parsing it.
 */
import type { ConversionEvent } from '../mapping/event.js';
import type { AnswerDetail, DeadReason } from '../mapping/outcome.js';

export const JOB_VERSION = 1;

/** What happened to an event before it was replayed. */
interface Past {
  /** The event as it first came, if a person has corrected it. */
  readonly original?: ConversionEvent;
  /** Its earlier failures, the latest last. */
  readonly history: readonly Failure[];
}

interface Failure {
  readonly reason: DeadReason;
  /** Epoch milliseconds. */
  readonly diedAt: number;
  readonly attempts: number;
  readonly answer: AnswerDetail;
  /** When this life of the event began, and when it was first sent. */
  readonly enqueuedAt?: number | undefined;
  readonly firstAttemptAt?: number | undefined;
  /** Times and authors of corrections that were made while it was a dead letter. */
  readonly edits?: readonly Touch[] | undefined;
  /** Who replayed it, and with which corrections. */
  readonly replay?: (Touch & { readonly corrections?: readonly string[] | undefined }) | undefined;
}

/** Who changed a letter, and when, epoch milliseconds. */
interface Touch {
  readonly at: number;
  readonly by: string;
}

/** One event in a job. The worker writes `attempts` to `isSuspect` when the event goes back. */
export interface QueuedEvent {
  readonly event: ConversionEvent;
  readonly source: string;
  /** When the event was acknowledged, epoch milliseconds. A replay sets it again. */
  readonly enqueuedAt: number;
  /** How often it was replayed; absent for never. */
  readonly replays?: number;
  /** Failed sends by the event's own fault, as far as known; an outage of Amazon spends none. Absent for none. */
  readonly attempts?: number;
  readonly firstAttemptAt?: number;
  /** True once a send ended without an answer after its body was sent. */
  readonly isMaybeDelivered?: boolean;
  /** True once it failed alone while other requests succeeded: it is sent alone, and each failure spends an attempt. */
  readonly isSuspect?: boolean;
  /** What a replayed event brings from its dead letter, and takes along if it becomes one again. */
  readonly past?: Past;
}

/** What the events of a packed job have in common. */
export type SharedFacts = Pick<QueuedEvent, 'source' | 'enqueuedAt'>;

/** A job's data, written by us or by another program. */
export interface ConversionJob {
  readonly v: typeof JOB_VERSION;
  /** Set by our producers: the ledger has already counted these events. Jobs of others are counted when first settled. */
  readonly isCounted?: true;
  /** Number of events; only in jobs of ours. */
  readonly count?: number;
  /** For entries without their own. */
  readonly source?: string;
  readonly enqueuedAt?: number;
  readonly events: readonly (QueuedEvent | Pick<QueuedEvent, 'event'>)[];
}

const HEAD = `{"v":${JOB_VERSION},"isCounted":true,"count":`;
const EVENTS = ',"events":[';
const END = ']}';

/** Around an event in the packed form, where the job says the rest. */
const ENTRY_START = '{"event":';
const ENTRY_END = '}';
export const BETWEEN_ENTRIES = `${ENTRY_END},${ENTRY_START}`;
export const PACKED_END = `${ENTRY_END}${END}`;

/** Matches the start of a packed job, up to its first event: source and time. A job of an earlier version has no count. */
export const PACKED_HEAD = new RegExp(
  `^${escaped(`{"v":${JOB_VERSION},"isCounted":true,`)}(?:"count":\\d+,)?"source":"([^"\\\\]{1,100})","enqueuedAt":(\\d{1,15})${escaped(
    EVENTS + ENTRY_START,
  )}`,
);

/** The text of an event's id in a job, and in a dead letter. */
export function idText(clientDedupeId: string): string {
  return `"clientDedupeId":${JSON.stringify(clientDedupeId)}`;
}

/** @param entries JSON of each `QueuedEvent` */
export function jobText(entries: readonly string[]): string {
  return `${HEAD}${entries.length}${EVENTS}${entries.join(',')}${END}`;
}

/** @param events JSON of each event */
export function packedJobText(events: readonly string[], { source, enqueuedAt }: SharedFacts): string {
  const shared = `,"source":${JSON.stringify(source)},"enqueuedAt":${enqueuedAt}`;
  return `${HEAD}${events.length}${shared}${EVENTS}${ENTRY_START}${events.join(BETWEEN_ENTRIES)}${PACKED_END}`;
}

/** Lua: `jobText(entries)`, as above. */
export const JOB_TEXT_LUA = `
local function jobText(entries)
  return '${HEAD}' .. #entries .. '${EVENTS}' .. table.concat(entries, ',') .. '${END}'
end`;

/**
 * Lua: `countOf(data)` returns the number of events of our job; 0 for a job of others, nil for one of an earlier version, which
 * does not say.
 */
export const COUNT_LUA = `
local function countOf(data)
  local count = string.match(data, '^${HEAD}(%d+),')
  if count then return tonumber(count) end
  return not string.find(data, '"isCounted":true', 1, true) and 0 or nil
end`;

function escaped(text: string): string {
  return text.replace(/[{[]/g, '\\$&');
}
