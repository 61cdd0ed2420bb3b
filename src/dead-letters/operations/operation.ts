/**
 * The operation: one action of a person on dead letters, from its first letter to its last.
 *
 * PURE. States, and how they are left:
 *   running -> done         nothing is left of what its filter meant when it began, or its `max` is reached
 *   running -> cancelled    somebody asked for it; what is moved stays moved
 *   running -> failed       Redis or the program failed
 *   running -> interrupted  its process is gone: read from a record that nobody has updated for STALE_MS
 *   cancelled, failed, interrupted -> running   it is resumed, after the last letter that it had read
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { filterSchema, type LetterFilter } from '../filter.js';
import { type Correction, correctionSchema, holdsPersonalData } from './edit.js';

export const OPERATION_KINDS = ['replay', 'discard', 'edit', 'erase', 'import', 'retention'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

const OPERATION_STATES = ['running', 'done', 'cancelled', 'failed', 'interrupted'] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

/** A runner updates its record at least every second; one that does not for this long is gone. */
export const STALE_MS = 3_000;
/** Skipped letters that a record names; it counts all. */
export const SKIPS_KEPT = 20;
/** Events of a replay that its list names. */
export const EVENTS_LISTED = 1_000;

/** Who does it, and with which tool. */
export interface Actor {
  readonly by: string;
  readonly via: 'command' | 'console' | 'worker';
}

/** What a person asked for. */
export const orderSchema = z.object({
  filter: filterSchema,
  corrections: z.array(correctionSchema).readonly(),
  /** Letters a second; undefined for no limit. */
  ratePerSecond: z.number().optional(),
  /** Maximum number of letters. */
  max: z.number().optional(),
  /** The reason, in the person's words. */
  because: z.string().optional(),
  /** Amazon's words, by the ids of the filter's causes: the letters of these causes are gone after a replay. */
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
  /** As requested, with the start time as its end; without personal data. */
  order: orderSchema,
  /** False if the order had personal data, which a record does not keep. */
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
  /** For a replay: outcomes of the replayed events, as far as they are settled. */
  delivered: z.number(),
  duplicate: z.number(),
  diedAgain: z.number(),
  erased: z.number(),
  skips: z.array(skipSchema).readonly(),
  /** The last letter that was read: it continues after this one. */
  cursor: z.string().optional(),
  cancelledBy: z.string().optional(),
});
export type OperationRecord = Readonly<z.output<typeof recordSchema>>;

/** Outcomes of the events of a replay; each replayed event is in one of these. */
export interface Outcomes {
  readonly delivered: number;
  readonly duplicate: number;
  readonly diedAgain: number;
  readonly erased: number;
  readonly inFlight: number;
}

/** @returns undefined for operations that replay nothing */
export function outcomesOf(record: OperationRecord): Outcomes | undefined {
  const { kind, done, delivered, duplicate, diedAgain, erased } = record;
  if (kind !== 'replay') return undefined;
  const inFlight = Math.max(0, done - delivered - duplicate - diedAgain - erased);
  return { delivered, duplicate, diedAgain, erased, inFlight };
}

/** What is done to which letters, without the rate and the maximum. */
export function digestOfOrder(kind: OperationKind, { filter, corrections }: OperationOrder): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, filter, corrections]))
    .digest('hex')
    .slice(0, 16);
}

/** An order without personal data: without a text that looks like an address, and without values that correct match keys. */
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
