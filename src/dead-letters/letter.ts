/**
 * The dead letter: an event we stopped trying, with all that a person needs to decide what becomes of it.
 *
 * It rests as a BullMQ job in the account's queue `dead-letters`. The job has a priority, which makes BullMQ keep it
 * in a sorted set: one of a million letters is taken out in microseconds, where a list would be searched through.
 */
import { z } from 'zod';
import type { ConversionEvent } from '../mapping/event.js';
import { DEAD_REASONS } from '../mapping/outcome.js';
import type { NewJob } from '../queue.js';

export const LETTER_VERSION = 1;

const answerSchema = z.object({
  status: z.number().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  requestId: z.string().optional(),
});

const touchSchema = z.object({ at: z.number(), by: z.string() });

/** An earlier death of the same event, from before it was replayed. */
const deathSchema = z.object({
  reason: z.enum(DEAD_REASONS),
  diedAt: z.number(),
  attempts: z.number(),
  answer: answerSchema,
  enqueuedAt: z.number().optional(),
  firstAttemptAt: z.number().optional(),
  edits: z.array(touchSchema).readonly().optional(),
  replay: touchSchema.extend({ corrections: z.array(z.string()).readonly().optional() }).optional(),
});

const letterSchema = z.object({
  v: z.literal(LETTER_VERSION),
  id: z.string(),
  account: z.string(),
  reason: z.enum(DEAD_REASONS),
  /** Null where the job's data could not be read; `raw` holds it then. */
  event: z.custom<ConversionEvent>(isEvent).nullable(),
  /** What could not be read, as it lay in the queue. Never shown: nobody knows what is in it. */
  raw: z.string().optional(),
  source: z.string(),
  /** Epoch milliseconds, all of them. */
  enqueuedAt: z.number(),
  firstAttemptAt: z.number().optional(),
  diedAt: z.number(),
  /** When it was imported; absent where it died here. */
  importedAt: z.number().optional(),
  attempts: z.number(),
  replays: z.number(),
  /** True where a send ended without an answer: Amazon may have counted the event. */
  isMaybeDelivered: z.boolean(),
  /** What Amazon said last. */
  answer: answerSchema,
  /** The event as it first came, where a person has corrected it since. */
  original: z.custom<ConversionEvent>(isEvent).optional(),
  /** Corrections of the event as it lies here. */
  edits: z.array(touchSchema).readonly().optional(),
  /** Earlier deaths, the latest last. */
  history: z.array(deathSchema).readonly().optional(),
});

export type DeadLetter = z.output<typeof letterSchema>;

/** Enough to show and to send: an event that today's limits would refuse must not vanish from sight. */
function isEvent(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'clientDedupeId' in value && 'matchKeys' in value;
}

const LETTER_OPTIONS = { priority: 1, removeOnComplete: false };

export function letterJob(letter: DeadLetter): NewJob {
  return { data: letter, jobId: letter.id, options: LETTER_OPTIONS };
}

/**
 * The job of a letter that dies in this very step: its time of death is Redis's, so the script that writes it adds that, as
 * the last field.
 */
export function undatedLetterJob(letter: DeadLetter): NewJob {
  return { text: JSON.stringify({ ...letter, diedAt: undefined }), jobId: letter.id, options: LETTER_OPTIONS };
}

/** Since when a letter lies here, epoch milliseconds: filters by time and the retention go by it. */
export function restsSince({ importedAt, diedAt }: DeadLetter): number {
  return importedAt ?? diedAt;
}

/**
 * The letter of an event at a place of a job. The same event of the same job always gets the same id, so that a
 * settling that is repeated after a crash writes it once; no other event gets it, or its letter would not be written.
 */
export function letterIdOf(jobId: string, ordinal: number, enqueuedAt: number): string {
  const safeJobId = jobId.replace(/[^A-Za-z0-9-]/g, (char) => `_${char.charCodeAt(0).toString(16)}_`);
  return `${safeJobId}-${ordinal}-${enqueuedAt.toString(36)}`;
}

/** Reads a letter as it lies in Redis. One that makes no sense is shown as such and not passed over. */
export function readLetter(id: string, account: string, data: string): DeadLetter {
  const parsed = letterSchema.safeParse(parseJson(data));
  if (parsed.success) return parsed.data;
  return {
    v: LETTER_VERSION,
    id,
    account,
    reason: 'unreadable',
    event: null,
    raw: data,
    source: 'unknown',
    enqueuedAt: 0,
    diedAt: 0,
    attempts: 0,
    replays: 0,
    isMaybeDelivered: false,
    answer: {},
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Said by the letter that is made of it.
    return undefined;
  }
}
