/**
 * The dead letter: an event we stopped trying, with all that a person needs to decide what becomes of it.
 *
 * It rests as a BullMQ job in the account's queue `dead-letters`. The job has a priority, which makes BullMQ keep it
 * in a sorted set: one of a million letters is taken out in microseconds, where a list would be searched through.
 */

import { z } from 'zod';
import { type ConversionEvent, eventSchema } from '../mapping/event.js';
import { WORDED } from '../mapping/fault-words.js';
import { DEAD_REASONS } from '../mapping/outcome.js';
import { type Issue, issuesOf } from '../mapping/refusal.js';
import type { NewJob } from '../queue/queue.js';
import { jsonOf } from './json-text.js';

export const LETTER_VERSION = 1;

/** Epoch milliseconds that a date can show. */
const time = z.number().min(0).max(8.64e15);

const answerSchema = z.object({
  status: z.number().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  requestId: z.string().optional(),
});

const touchSchema = z.object({ at: time, by: z.string() });

/** An earlier death of the same event, from before it was replayed. */
const deathSchema = z.object({
  reason: z.enum(DEAD_REASONS),
  diedAt: time,
  attempts: z.number(),
  answer: answerSchema,
  enqueuedAt: time.optional(),
  firstAttemptAt: time.optional(),
  edits: z.array(touchSchema).readonly().optional(),
  replay: touchSchema.extend({ corrections: z.array(z.string()).readonly().optional() }).optional(),
});

/**
 * Enough to show an event and to correct it: each field is of its type. An event that today's limits refuse must not
 * vanish from sight: faultsOf says what is wrong with it.
 */
const shapeRules = z.object({
  name: z.string(),
  eventType: z.string(),
  eventActionSource: z.string(),
  countryCode: z.string(),
  timestamp: z.string().refine((text) => !Number.isNaN(Date.parse(text))),
  clientDedupeId: z.string(),
  value: z.number().optional(),
  currencyCode: z.string().optional(),
  unitsSold: z.number().optional(),
  consent: z
    .object({
      geo: z.object({ ipAddress: z.string() }).optional(),
      amazonConsent: z.record(z.string(), z.string()).optional(),
      tcf: z.string().optional(),
      gpp: z.string().optional(),
    })
    .optional(),
  dataProcessingOptions: z.array(z.string()).optional(),
  customAttributes: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  matchKeys: z.array(z.object({ type: z.string(), values: z.tuple([z.string()]) })),
});
const shapeSchema = z.compile(shapeRules);
const eventOfShape = z.custom<ConversionEvent>((value) => shapeSchema.safeParse(value).success, {
  error: 'is no event',
});

const letterSchema = z.object({
  v: z.literal(LETTER_VERSION),
  id: z.string(),
  account: z.string(),
  reason: z.enum(DEAD_REASONS),
  /** Null where the job's data could not be read; `raw` holds it then. */
  event: eventOfShape.nullable(),
  /** What could not be read, as it lay in the queue. Never shown: nobody knows what is in it. */
  raw: z.string().optional(),
  source: z.string(),
  /** Epoch milliseconds, all of them. */
  enqueuedAt: time,
  firstAttemptAt: time.optional(),
  diedAt: time,
  /** When it was imported; absent where it died here. */
  importedAt: time.optional(),
  attempts: z.number(),
  replays: z.number(),
  /** True where a send ended without an answer: Amazon may have counted the event. */
  isMaybeDelivered: z.boolean(),
  /** What Amazon said last. */
  answer: answerSchema,
  /** The event as it first came, where a person has corrected it since. */
  original: eventOfShape.optional(),
  /** Corrections of the event as it lies here. */
  edits: z.array(touchSchema).readonly().optional(),
  /** Earlier deaths, the latest last. */
  history: z.array(deathSchema).readonly().optional(),
});

export type DeadLetter = z.output<typeof letterSchema>;

/** A letter as it was found. */
export interface FoundLetter {
  readonly letter: DeadLetter;
  /** As it lies in Redis. */
  readonly text: string;
  /** Since when it lies there by its shelf, epoch milliseconds. */
  readonly since: number;
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
 * The letter of an event at a place of a run's job. No other event gets this id, whatever other programs write into jobs
 * and however they name them: a letter whose id is taken would not be written. A run's name is random; the script that
 * writes the letter takes the event out of the job in the same step, so no run writes the letter of an earlier one again.
 */
export function letterIdOf(jobId: string, place: number, runName: string): string {
  const safeJobId = jobId.replace(/[^A-Za-z0-9-]/g, (char) => `_${char.charCodeAt(0).toString(16)}_`);
  return `${safeJobId}-${place}-${runName}`;
}

export type ParsedLetter =
  | { readonly ok: true; readonly letter: DeadLetter }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** A letter as `export` writes it, or what is wrong with the text. */
export function parseLetter(data: string): ParsedLetter {
  const json = jsonOf(data);
  if (json === undefined) return { ok: false, issues: [{ path: '', message: 'is not valid JSON' }] };
  const parsed = letterSchema.safeParse(json, WORDED);
  return parsed.success ? { ok: true, letter: parsed.data } : { ok: false, issues: issuesOf(parsed.error) };
}

/** Why an event could not be sent as it is; empty for nearly every one. */
export function faultsOf(event: ConversionEvent): readonly Issue[] {
  const checked = eventSchema.safeParse(event, WORDED);
  return checked.success ? NO_FAULTS : issuesOf(checked.error);
}

const NO_FAULTS: readonly Issue[] = [];

/** Reads a letter as it lies in Redis. One that makes no sense is shown as such and not passed over. */
export function readLetter(id: string, account: string, data: string): DeadLetter {
  const parsed = parseLetter(data);
  // It is found, replayed and discarded under the id that it lies under, whatever it says itself.
  if (parsed.ok) return parsed.letter.id === id ? parsed.letter : { ...parsed.letter, id };
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
