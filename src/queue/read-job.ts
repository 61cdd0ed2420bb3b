/**
 * Reads a job: what our producers wrote is taken as it is, what others wrote is checked event by event.
 *
 * A job of another version, or data that is not a job, is `unreadable`: it becomes a dead letter and is never lost. Raw match
 * keys in a job of others are hashed here, so that they cannot be sent in plaintext.
 */
import { z } from 'zod';
import { type ConversionEvent, eventSchema } from '../mapping/event.js';
import { keysOf } from '../mapping/key-digests.js';
import { MAX_MATCH_KEYS, type MatchKeyRulesChoice } from '../mapping/match-key.js';
import { type HeldEvent, holdEntry } from './held-event.js';
import { JOB_VERSION, type QueuedEvent } from './job.js';
import { readPackedJob } from './read-packed-job.js';

/** Something at a place of a job that could not be read. */
export interface Unreadable {
  readonly place: number;
  readonly raw: string;
}

export type JobContent =
  | {
      readonly kind: 'events';
      /** By place; undefined where an entry could not be read. */
      readonly entries: readonly (HeldEvent | undefined)[];
      /** Entries that could not be read, with their text. */
      readonly unreadable: readonly Unreadable[];
      readonly isCounted: boolean;
    }
  | { readonly kind: 'unreadable'; readonly raw: string };

const jobSchema = z.object({
  v: z.literal(JOB_VERSION),
  isCounted: z.literal(true).optional(),
  source: z.string().max(100).default('conversion'),
  enqueuedAt: z.number().optional(),
  events: z.array(z.unknown()),
});

const entrySchema = z.object({
  event: z.unknown().pipe(eventSchema),
  source: z.string().max(100).optional(),
  enqueuedAt: z.number().optional(),
  replays: z.int().min(0).optional(),
  attempts: z.int().min(0).optional(),
  firstAttemptAt: z.number().optional(),
  isMaybeDelivered: z.boolean().optional(),
});

/**
 * @param text the job's data
 * @param addedAtMs when the job was added, for events without their time of enqueueing
 * @param isTextEnough whether an event's text is enough, because it is sent as it came
 */
export function readJob(text: string, addedAtMs: number, rules: MatchKeyRulesChoice, isTextEnough = false): JobContent {
  const packed = isTextEnough ? readPackedJob(text) : undefined;
  if (packed) return { kind: 'events', entries: packed, unreadable: [], isCounted: true };
  const job = jobSchema.safeParse(parseJson(text));
  if (!job.success) return { kind: 'unreadable', raw: text };
  const { events, source, enqueuedAt = addedAtMs, isCounted = false } = job.data;
  const entries: (HeldEvent | undefined)[] = [];
  const unreadable: Unreadable[] = [];
  events.forEach((entry, place) => {
    const read = isCounted ? readOwn(entry, source, enqueuedAt) : readForeign(entry, { source, enqueuedAt }, rules);
    entries.push(read && holdEntry(read));
    if (!read) unreadable.push({ place, raw: JSON.stringify(entry) });
  });
  return { kind: 'events', entries, unreadable, isCounted };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Data that is not JSON is rejected by the schema.
    return undefined;
  }
}

/** Written by our producer or settled once: every field was checked before. */
function readOwn(entry: unknown, source: string, enqueuedAt: number): QueuedEvent | undefined {
  if (!isOwnEntry(entry)) return undefined;
  return entry.enqueuedAt === undefined ? { ...entry, source, enqueuedAt } : entry;
}

function isOwnEntry(entry: unknown): entry is QueuedEvent {
  if (!isObject(entry)) return false;
  const { event } = entry;
  return isObject(event) && typeof event['clientDedupeId'] === 'string' && typeof event['timestamp'] === 'string';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** @param job what the job says for entries without it */
function readForeign(
  entry: unknown,
  job: Pick<QueuedEvent, 'source' | 'enqueuedAt'>,
  rules: MatchKeyRulesChoice,
): QueuedEvent | undefined {
  const parsed = entrySchema.safeParse(entry);
  const event = parsed.success ? hashAll(parsed.data.event, rules) : undefined;
  // zod leaves absent optional fields out; the type cannot say so.
  return parsed.success && event ? { ...job, ...withoutUndefined(parsed.data), event } : undefined;
}

function hashAll(event: z.output<typeof eventSchema>, rules: MatchKeyRulesChoice): ConversionEvent | undefined {
  const fields = event.matchKeys.map(({ type, values: [value] }) => ({ type, value }));
  const matchKeys = keysOf(fields, event.countryCode, rules).slice(0, MAX_MATCH_KEYS);
  return matchKeys.length === 0 ? undefined : { ...event, matchKeys };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(fields: T): Partial<Defined<T>> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Defined<T>>;
}
