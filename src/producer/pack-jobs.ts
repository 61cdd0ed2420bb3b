/**
 * Packing events into jobs: which events share one, and the job's data as it is written to Redis.
 *
 * Promises: order is kept, and no job holds more than EVENTS_PER_JOB. Events that bring nothing beside their source and
 * time are packed (queue.ts), for which those of a job must have both in common: events that came within a second of each
 * other take the time of the first, with which they share the write.
 */
import { type ConversionJob, JOB_VERSION, type QueuedEvent } from '../queue.js';

const SAME_TIME_MS = 1_000;
/** What a plain event has: more is told of it alone. */
const PLAIN_FIELDS = 3;

/** @returns the jobs' data as JSON */
export function packJobs(entries: readonly QueuedEvent[], eventsPerJob: number): string[] {
  const jobs: string[] = [];
  for (let start = 0; start < entries.length; ) {
    const first = entries[start];
    if (!first) break;
    const isPacked = isPlain(first);
    const alike = isPacked ? start + countAlike(first, entries.slice(start, start + eventsPerJob)) : start + 1;
    const texts = entries.slice(start, alike).map((entry) => JSON.stringify(isPacked ? { event: entry.event } : entry));
    // Where more events follow, some of these may go with them.
    if (alike < entries.length) texts.length = countThatFits(texts);
    jobs.push(jobOf(texts, isPacked ? first : undefined));
    start += texts.length;
  }
  return jobs;
}

function isPlain(entry: QueuedEvent): boolean {
  return Object.keys(entry).length === PLAIN_FIELDS;
}

/** How many of the events may share a job with the first. */
function countAlike(first: QueuedEvent, entries: readonly QueuedEvent[]): number {
  const other = entries.findIndex((entry) => {
    const laterMs = entry.enqueuedAt - first.enqueuedAt;
    return entry.source !== first.source || laterMs < 0 || laterMs >= SAME_TIME_MS || !isPlain(entry);
  });
  return other === -1 ? entries.length : other;
}

/** Job-level fields stand first and events last: see ConversionJob. */
function jobOf(texts: readonly string[], shared: Pick<ConversionJob, 'source' | 'enqueuedAt'> | undefined): string {
  const { source, enqueuedAt } = shared ?? {};
  const head: ConversionJob = {
    v: JOB_VERSION,
    isCounted: true,
    ...(shared && { source, enqueuedAt }),
    events: [],
  };
  return `${JSON.stringify(head).slice(0, -2)}${texts.join(',')}]}`;
}

// Redis's allocator (jemalloc) hands out 4 sizes for each doubling: 32, 40, 48, 56, 64, 80 kB, … What a text leaves of its
// size is lost, up to a fifth.
const SIZES_PER_DOUBLING = 4;
/** The job's own fields, and what Redis adds to a text. */
const OVERHEAD_BYTES = 120;

/** How many of the events to take so that little is lost: all, or as many as fill the size below. */
function countThatFits(texts: readonly string[]): number {
  const sizes = texts.map((text) => Buffer.byteLength(text) + 1);
  const bytes = sizes.reduce((sum, size) => sum + size, OVERHEAD_BYTES);
  const step = 2 ** Math.floor(Math.log2(bytes)) / SIZES_PER_DOUBLING;
  const below = Math.floor(bytes / step) * step;
  // To leave events out makes more jobs: only where that is the smaller loss.
  if (bytes - below > below + step - bytes) return texts.length;
  let count = texts.length;
  for (let left = bytes; left > below && count > 1; count -= 1) left -= sizes[count - 1] ?? 0;
  return count;
}
