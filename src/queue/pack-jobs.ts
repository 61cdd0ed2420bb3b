/**
 * Packing events into jobs: which events share one, and the job's data as it is written to Redis.
 *
 * Promises: order is kept, and no job holds more than EVENTS_PER_JOB. Events that bring nothing beside their source and
 * time are packed (queue.ts), for which those of a job must have both in common: events that came within a second of each
 * other take the time of the first, with which they share the write.
 */
import { marksOf } from '../coverage/marks.js';
import { BETWEEN_ENTRIES, ENTRY_END, ENTRY_START, JOB_VERSION, type QueuedEvent } from './queue.js';

const SAME_TIME_MS = 1_000;
/** What a plain event has: more is told of it alone. */
const PLAIN_FIELDS = 3;

/** A queued event as it is written: short-lived objects become one text as soon as they can. */
export interface EventText {
  /** The event as JSON; where the entry says more than `shared`, the whole entry. */
  readonly text: string;
  /** What the job may say in the event's stead; undefined where the entry says it itself. */
  readonly shared: Pick<QueuedEvent, 'source' | 'enqueuedAt'> | undefined;
  /** What is counted of the event once it is acknowledged. */
  readonly marks: number;
}

export function writeEvent(entry: QueuedEvent): EventText {
  const { event, source, enqueuedAt } = entry;
  const isPlain = Object.keys(entry).length === PLAIN_FIELDS;
  const marks = marksOf(event);
  if (!isPlain) return { text: JSON.stringify(entry), shared: undefined, marks };
  return { text: JSON.stringify(event), shared: { source, enqueuedAt }, marks };
}

/** @returns the jobs' data as JSON */
export function packJobs(events: readonly EventText[], eventsPerJob: number): string[] {
  const jobs: string[] = [];
  for (let start = 0; start < events.length; ) {
    const most = events.slice(start, start + eventsPerJob);
    const shared = most[0]?.shared;
    const texts = most.slice(0, shared ? countAlike(shared, most) : 1).map(({ text }) => text);
    // Where more events follow, some of these may go with them.
    if (start + texts.length < events.length) texts.length = countThatFits(texts);
    jobs.push(jobOf(texts, shared));
    start += texts.length;
  }
  return jobs;
}

/** How many of the events may share a job with the first. */
function countAlike({ source, enqueuedAt }: NonNullable<EventText['shared']>, events: readonly EventText[]): number {
  const other = events.findIndex(({ shared }) => {
    const laterMs = shared ? shared.enqueuedAt - enqueuedAt : Number.NaN;
    return shared?.source !== source || !(laterMs >= 0 && laterMs < SAME_TIME_MS);
  });
  return other === -1 ? events.length : other;
}

/** Job-level fields stand first and events last: see ConversionJob. */
function jobOf(texts: readonly string[], shared: EventText['shared']): string {
  const start = `{"v":${JOB_VERSION},"isCounted":true,`;
  if (!shared) return `${start}"events":[${texts.join(',')}]}`;
  const common = `"source":${JSON.stringify(shared.source)},"enqueuedAt":${shared.enqueuedAt},`;
  return `${start}${common}"events":[${ENTRY_START}${texts.join(BETWEEN_ENTRIES)}${ENTRY_END}]}`;
}

// Redis's allocator (jemalloc) hands out 4 sizes for each doubling: 32, 40, 48, 56, 64, 80 kB, … What a text leaves of its
// size is lost, up to a fifth.
const SIZES_PER_DOUBLING = 4;
/** The job's own fields, and what Redis adds to a text. */
const OVERHEAD_BYTES = 120;

/** How many of the events to take so that little is lost: all, or as many as fill the size below. */
function countThatFits(texts: readonly string[]): number {
  const sizes = texts.map((text) => Buffer.byteLength(text) + BETWEEN_ENTRIES.length);
  const bytes = sizes.reduce((sum, size) => sum + size, OVERHEAD_BYTES);
  const step = 2 ** Math.floor(Math.log2(bytes)) / SIZES_PER_DOUBLING;
  const below = Math.floor(bytes / step) * step;
  // To leave events out makes more jobs: only where that is the smaller loss.
  if (bytes - below > below + step - bytes) return texts.length;
  let count = texts.length;
  for (let left = bytes; left > below && count > 1; count -= 1) left -= sizes[count - 1] ?? 0;
  return count;
}
