/**
 * The dead letter: an event that we stopped trying, with everything that a person needs to decide what to do with it.
 *
 * It is stored as a BullMQ job in the account's queue `dead-letters`. The job has a priority, so BullMQ keeps it in a sorted set:
 * one of a million letters is removed in microseconds. A list would have to be searched.
 */

import { z } from 'zod';
import { type ConversionEvent, eventSchema } from '../mapping/event.js';
import { WORDED } from '../mapping/fault-words.js';
import { DEAD_REASONS } from '../mapping/outcome.js';
import { type Issue, issuesOf } from '../mapping/refusal.js';
import type { NewJob } from '../queue/queue.js';
import { jsonOf } from './json-text.js';

export const LETTER_VERSION = 1;

/** Epoch milliseconds in the range of a Date. */
const time = z.number().min(0).max(8.64e15);

const answerSchema = z.object({
  status: z.number().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  requestId: z.string().optional(),
});

const touchSchema = z.object({ at: time, by: z.string() });

/** An earlier failure of the same event, from before it was replayed. */
const failureSchema = z.object({
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
 * Enough to show an event and to correct it: each field has its type. An event that today's limits reject must stay visible:
 * faultsOf says what is wrong with it.
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
  /** Null if the job's data could not be read; `raw` then has it. */
  event: eventOfShape.nullable(),
  /** What could not be read, as it was in the queue. Never shown: its content is unknown. */
  raw: z.string().optional(),
  source: z.string(),
  /** Epoch milliseconds, all of them. */
  enqueuedAt: time,
  firstAttemptAt: time.optional(),
  diedAt: time,
  /** When it was imported; absent if it failed here. */
  importedAt: time.optional(),
  attempts: z.number(),
  replays: z.number(),
  /** True if a send ended without an answer: Amazon may have counted the event. */
  isMaybeDelivered: z.boolean(),
  /** Amazon's last answer. */
  answer: answerSchema,
  /** The event as it first came, if a person has corrected it since. */
  original: eventOfShape.optional(),
  /** Corrections made while it was a dead letter. */
  edits: z.array(touchSchema).readonly().optional(),
  /** Earlier failures, the latest last. */
  history: z.array(failureSchema).readonly().optional(),
});

export type DeadLetter = z.output<typeof letterSchema>;

/** A letter as it was found. */
export interface FoundLetter {
  readonly letter: DeadLetter;
  /** As stored in Redis. */
  readonly text: string;
  /** Since when it is here, from its shelf, epoch milliseconds. */
  readonly since: number;
}

const LETTER_OPTIONS = { priority: 1, removeOnComplete: false };

export function letterJob(letter: DeadLetter): NewJob {
  return { data: letter, jobId: letter.id, options: LETTER_OPTIONS };
}

/** The job of a letter without its time of failure. The script that writes it adds Redis's time as the last field. */
export function undatedLetterJob(letter: DeadLetter): NewJob {
  return { text: JSON.stringify({ ...letter, diedAt: undefined }), jobId: letter.id, options: LETTER_OPTIONS };
}

/** Since when a letter is here, epoch milliseconds: filters by time and the retention use it. */
export function restsSince({ importedAt, diedAt }: DeadLetter): number {
  return importedAt ?? diedAt;
}

/**
 * The letter id of an event at a place of a run's job. No other event gets this id, whatever jobs other programs write and
 * however they name them: a letter with a used id would not be written. A run's name is random. The script that writes the letter
 * removes the event from the job in the same step, so no later run writes the letter again.
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

/** Why an event could not be sent as it is; empty for nearly every event. */
export function faultsOf(event: ConversionEvent): readonly Issue[] {
  const checked = eventSchema.safeParse(event, WORDED);
  return checked.success ? NO_FAULTS : issuesOf(checked.error);
}

const NO_FAULTS: readonly Issue[] = [];

/** Reads a letter as stored in Redis. An unreadable one is shown as such, not skipped. */
export function readLetter(id: string, account: string, data: string): DeadLetter {
  const parsed = parseLetter(data);
  // It is found, replayed and discarded under the id of its job, even if its data has another id.
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
