/**
 * The operation: one thing that a person does to dead letters, from its first letter to its last.
 *
 * PURE. States, and how they are left:
 *   running -> done         nothing is left of what its filter meant when it began, or its `max` is reached
 *   running -> cancelled    somebody asked for it; what is moved stays moved
 *   running -> failed       Redis or the program failed
 *   running -> interrupted  its process is gone: read from a record that nobody has touched for STALE_MS
 *   cancelled, failed, interrupted -> running   it is resumed, behind the last letter it had looked at
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { filterSchema, type LetterFilter } from '../filter.js';
import { type Correction, correctionSchema, holdsPersonalData } from './edit.js';

export const OPERATION_KINDS = ['replay', 'discard', 'edit', 'erase', 'import', 'retention'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

const OPERATION_STATES = ['running', 'done', 'cancelled', 'failed', 'interrupted'] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

/** A runner touches its record at least every second; one that does not for this long is gone. */
export const STALE_MS = 3_000;
/** Skipped letters that a record names; it counts all. */
export const SKIPS_KEPT = 20;
/** Events of a replay that its list names. */
export const EVENTS_LISTED = 1_000;

/** Who does it, and through what. */
export interface Actor {
  readonly by: string;
  readonly via: 'command' | 'console' | 'worker';
}

/** What a person asked for. */
export const orderSchema = z.object({
  filter: filterSchema,
  corrections: z.array(correctionSchema).readonly(),
  /** Letters a second; undefined for as fast as it goes. */
  ratePerSecond: z.number().optional(),
  /** Most letters. */
  max: z.number().optional(),
  /** Why, in the person's words. */
  because: z.string().optional(),
  /** What Amazon said, by the ids of the filter's causes: their letters are gone once they are replayed. */
  causeWords: z.record(z.string(), z.string()).optional(),
});
export type OperationOrder = Readonly<z.output<typeof orderSchema>>;

/** A letter that stays, and why. */
const skipSchema = z.object({ id: z.string(), why: z.string() });
export type Skip = Readonly<z.output<typeof skipSchema>>;

export const recordSchema = z.object({
  id: z.string(),
  kind: z.enum(OPERATION_KINDS),
  state: z.enum(OPERATION_STATES),
  by: z.string(),
  via: z.enum(['command', 'console', 'worker']),
  /** As it was asked for, with the time it began as its end; personal data in it is left out. */
  order: orderSchema,
  /** False where the order held personal data, which a record does not keep. */
  isResumable: z.boolean(),
  /** The same for the same filter and corrections. */
  digest: z.string(),
  /** Epoch milliseconds, all of them. */
  startedAt: z.number(),
  updatedAt: z.number(),
  endedAt: z.number().optional(),
  /** Letters that the filter meant when it began. */
  total: z.number(),
  done: z.number(),
  skipped: z.number(),
  /** Of a replay: what became of the events that it sent back, as far as they are settled. */
  delivered: z.number(),
  duplicate: z.number(),
  diedAgain: z.number(),
  erased: z.number(),
  skips: z.array(skipSchema).readonly(),
  /** Behind which letter it goes on. */
  cursor: z.string().optional(),
  cancelledBy: z.string().optional(),
});
export type OperationRecord = Readonly<z.output<typeof recordSchema>>;

/** What became of the events of a replay; each of those it sent back is in one of these. */
export interface Outcomes {
  readonly delivered: number;
  readonly duplicate: number;
  readonly diedAgain: number;
  readonly erased: number;
  readonly inFlight: number;
}

/** @returns undefined for operations that send nothing back */
export function outcomesOf(record: OperationRecord): Outcomes | undefined {
  const { kind, done, delivered, duplicate, diedAgain, erased } = record;
  if (kind !== 'replay') return undefined;
  const inFlight = Math.max(0, done - delivered - duplicate - diedAgain - erased);
  return { delivered, duplicate, diedAgain, erased, inFlight };
}

/** What is done to which letters; not how fast, nor how many at most. */
export function digestOfOrder(kind: OperationKind, { filter, corrections }: OperationOrder): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, filter, corrections]))
    .digest('hex')
    .slice(0, 16);
}

/** An order without personal data: a text that looks like an address, values that correct match keys. */
export function withoutPersonalData(order: OperationOrder): { order: OperationOrder; isWhole: boolean } {
  const hasAddress = order.filter.text?.includes('@') ?? false;
  const isWhole = !hasAddress && !order.corrections.some(holdsPersonalData);
  if (isWhole) return { order, isWhole };
  const filter: LetterFilter = hasAddress ? { ...order.filter, text: '(not kept)' } : order.filter;
  return { order: { ...order, filter, corrections: order.corrections.map(withoutValue) }, isWhole };
}

function withoutValue(correction: Correction): Correction {
  if (!holdsPersonalData(correction)) return correction;
  return 'patch' in correction ? { patch: { '(not kept)': true } } : { path: correction.path, value: '(not kept)' };
}
