/**
 * Reading a job: what our producers wrote is taken as it is, what anybody else wrote is checked event by event.
 *
 * A job of another version, or one that is no job at all, is `unreadable`: it becomes a dead letter and is never lost.
 * Raw match keys in a job of somebody else are hashed here, so that they cannot leave in plaintext.
 */
import { z } from 'zod';
import { type ConversionEvent, eventSchema } from '../mapping/event.js';
import { hashMatchKey, type MatchKey, type MatchKeyRules } from '../mapping/match-key.js';
import { JOB_VERSION, type QueuedEvent } from '../queue.js';

/** Stands in a job's data for text that is not JSON; see conversion-worker.ts. */
export interface UnreadableData {
  readonly unreadableText: string;
}

export type JobContent =
  | { readonly kind: 'events'; readonly entries: readonly ReadEntry[]; readonly isCounted: boolean }
  | { readonly kind: 'unreadable'; readonly raw: string };

/** An entry that could not be read keeps its text. */
type ReadEntry =
  | { readonly kind: 'event'; readonly entry: QueuedEvent }
  | { readonly kind: 'unreadable'; readonly raw: string };

const jobSchema = z.object({
  v: z.literal(JOB_VERSION),
  isCounted: z.literal(true).optional(),
  events: z.array(z.unknown()),
});

const entrySchema = z.object({
  event: z.unknown().pipe(eventSchema),
  source: z.string().max(100).default('conversion'),
  enqueuedAt: z.number().optional(),
  replays: z.int().min(0).optional(),
  attempts: z.int().min(0).optional(),
  firstAttemptAt: z.number().optional(),
  isMaybeDelivered: z.boolean().optional(),
  ordinal: z.int().min(0).optional(),
});

/** @param addedAtMs when the job was added, for events that do not say */
export function readJob(data: unknown, addedAtMs: number, rules: MatchKeyRules): JobContent {
  if (isUnreadableData(data)) return { kind: 'unreadable', raw: data.unreadableText };
  const job = jobSchema.safeParse(data);
  if (!job.success) return { kind: 'unreadable', raw: JSON.stringify(data) };
  const { events, isCounted = false } = job.data;
  const read = isCounted ? readOwn : (entry: unknown) => readForeign(entry, addedAtMs, rules);
  return { kind: 'events', entries: events.map((entry, place) => withOrdinal(read(entry), place)), isCounted };
}

/**
 * The place in the job as it was first added goes with the event from now on: a job shrinks, and an event that is
 * numbered anew after a crash would get the letter id of another, and its letter would never be written.
 */
function withOrdinal(read: ReadEntry, place: number): ReadEntry {
  if (read.kind === 'unreadable' || read.entry.ordinal !== undefined) return read;
  return { kind: 'event', entry: { ...read.entry, ordinal: place } };
}

/** Written by our producer or settled once: every field was checked before it came here. */
function readOwn(entry: unknown): ReadEntry {
  return isOwnEntry(entry) ? { kind: 'event', entry } : { kind: 'unreadable', raw: JSON.stringify(entry) };
}

function isOwnEntry(entry: unknown): entry is QueuedEvent {
  if (!isObject(entry) || typeof entry['enqueuedAt'] !== 'number') return false;
  const { event } = entry;
  return isObject(event) && typeof event['clientDedupeId'] === 'string' && typeof event['timestamp'] === 'string';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function readForeign(entry: unknown, addedAtMs: number, rules: MatchKeyRules): ReadEntry {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) return { kind: 'unreadable', raw: JSON.stringify(entry) };
  const { event, enqueuedAt = addedAtMs, ...rest } = parsed.data;
  const hashed = hashAll(event, rules);
  if (!hashed) return { kind: 'unreadable', raw: JSON.stringify(entry) };
  // zod leaves absent optional fields out; the type cannot say so.
  return { kind: 'event', entry: { ...withoutUndefined(rest), source: rest.source, event: hashed, enqueuedAt } };
}

function hashAll(event: z.output<typeof eventSchema>, rules: MatchKeyRules): ConversionEvent | undefined {
  const matchKeys = event.matchKeys.flatMap(({ type, values }): MatchKey[] => {
    const value = hashMatchKey(type, values[0], event.countryCode, rules);
    return value === undefined ? [] : [{ type, values: [value] }];
  });
  return matchKeys.length === 0 ? undefined : { ...event, matchKeys };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(fields: T): Partial<Defined<T>> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Defined<T>>;
}

function isUnreadableData(data: unknown): data is UnreadableData {
  return (
    typeof data === 'object' && data !== null && 'unreadableText' in data && typeof data.unreadableText === 'string'
  );
}
