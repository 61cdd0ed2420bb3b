/**
 * Packs events into jobs: decides which events share a job, and makes the job's data as it is written to Redis.
 *
 * Promises: order is kept, and no job has more than EVENTS_PER_JOB. Events with nothing besides their source and time are packed
 * (job.ts). The events of a packed job must have both in common: events that came within a second of each other get the time of
 * the first, with which they are written.
 */
import { marksOf } from '../coverage/marks.js';
import { type Alias, aliasEntry } from './alias-index.js';
import { indexDigestsOf } from './id-index.js';
import { jobText, packedJobText, type QueuedEvent, type SharedFacts } from './job.js';

const SAME_TIME_MS = 1_000;
/** Number of fields of a plain event. An event with more gets a whole entry. */
const PLAIN_FIELDS = 3;

/** An event that will be queued. */
export interface NewEvent extends QueuedEvent {
  /** Other names of its order at the shop, and the shop's id. */
  readonly aliases?: { readonly names: readonly string[]; readonly shopId: string };
}

/** A queued event as it is written: short-lived objects become one text as soon as possible. */
export interface EventText {
  /** The event as JSON; the whole entry if it says more than `shared`. */
  readonly text: string;
  /** What the job may say instead of the event; undefined if the entry says it itself. */
  readonly shared: SharedFacts | undefined;
  /** What is counted of the event once it is acknowledged. */
  readonly marks: number;
  readonly clientDedupeId: string;
  readonly aliases: readonly Alias[];
}

/** A job as it is written. */
export interface JobText {
  /** Its data as JSON. */
  readonly text: string;
  /** Index digests of its events, in a row. */
  readonly digests: string;
}

export function writeEvent(entry: NewEvent): EventText {
  const { event, source, enqueuedAt } = entry;
  const aliases = entry.aliases ? aliasEntries(source, entry.aliases) : NO_ALIASES;
  const isPlain = Object.keys(entry).length === PLAIN_FIELDS + (entry.aliases ? 1 : 0);
  const marks = marksOf(event);
  const { clientDedupeId } = event;
  if (!isPlain)
    return {
      text: JSON.stringify({ ...entry, aliases: undefined }),
      shared: undefined,
      marks,
      clientDedupeId,
      aliases,
    };
  return { text: JSON.stringify(event), shared: { source, enqueuedAt }, marks, clientDedupeId, aliases };
}

const NO_ALIASES: readonly Alias[] = [];

function aliasEntries(source: string, { names, shopId }: NonNullable<NewEvent['aliases']>): Alias[] {
  return names.flatMap((name) => aliasEntry(source, name, shopId) ?? []);
}

export function packJobs(events: readonly EventText[], eventsPerJob: number): JobText[] {
  const jobs: JobText[] = [];
  for (let start = 0; start < events.length; ) {
    const most = events.slice(start, start + eventsPerJob);
    const shared = most[0]?.shared;
    const alike = most.slice(0, shared ? countAlike(shared, most) : 1);
    const texts = alike.map(({ text }) => text);
    const digests = indexDigestsOf(alike.map(({ clientDedupeId }) => clientDedupeId));
    jobs.push({ text: shared ? packedJobText(texts, shared) : jobText(texts), digests });
    start += alike.length;
  }
  return jobs;
}

/** How many of the events may share a job with the first. */
function countAlike({ source, enqueuedAt }: SharedFacts, events: readonly EventText[]): number {
  const other = events.findIndex(({ shared }) => {
    const laterMs = shared ? shared.enqueuedAt - enqueuedAt : Number.NaN;
    return shared?.source !== source || !(laterMs >= 0 && laterMs < SAME_TIME_MS);
  });
  return other === -1 ? events.length : other;
}
