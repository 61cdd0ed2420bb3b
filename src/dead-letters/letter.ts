/**
 * The dead letter: an event we stopped trying, with all that a person needs to decide what becomes of it.
 *
 * It rests as a BullMQ job in the account's queue `dead-letters`. The job has a priority, which makes BullMQ keep it
 * in a sorted set: one of a million letters is taken out in microseconds, where a list would be searched through.
 */
import { z } from 'zod';
import { type ConversionEvent, eventSchema } from '../mapping/event.js';
import { DEAD_REASONS } from '../mapping/outcome.js';
import type { NewJob } from '../queue.js';

export const LETTER_VERSION = 1;

const answerSchema = z.object({
  status: z.number().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  requestId: z.string().optional(),
});

export const letterSchema = z.object({
  v: z.literal(LETTER_VERSION),
  id: z.string(),
  account: z.string(),
  reason: z.enum(DEAD_REASONS),
  /** Null where the job's data could not be read; `raw` holds it then. */
  event: z.unknown().pipe(eventSchema).nullable(),
  /** What could not be read, as it lay in the queue. Never shown: nobody knows what is in it. */
  raw: z.string().optional(),
  source: z.string(),
  /** Epoch milliseconds, all of them. */
  enqueuedAt: z.number(),
  firstAttemptAt: z.number().optional(),
  diedAt: z.number(),
  attempts: z.number(),
  replays: z.number(),
  /** True where a send ended without an answer: Amazon may have counted the event. */
  isMaybeDelivered: z.boolean(),
  /** What Amazon said last. */
  answer: answerSchema,
});

export interface DeadLetter extends Omit<z.output<typeof letterSchema>, 'event'> {
  readonly event: ConversionEvent | null;
}

export function letterJob(letter: DeadLetter): NewJob {
  return { data: letter, jobId: letter.id, options: { priority: 1, removeOnComplete: false } };
}

/**
 * The letter of an event at a place of a job. The same event of the same job always gets the same id, so that a
 * settling that is repeated after a crash writes it once; no other event gets it, or its letter would not be written.
 */
export function letterIdOf(jobId: string, ordinal: number, enqueuedAt: number): string {
  const safeJobId = jobId.replace(/[^A-Za-z0-9-]/g, (char) => `_${char.charCodeAt(0).toString(16)}_`);
  return `${safeJobId}-${ordinal}-${enqueuedAt.toString(36)}`;
}
