/** What was read from a payload for one field of its event. */
import type { EventFields } from './event.js';
import type { Origins } from './origin.js';

export type FieldName = keyof EventFields;

/** What a row of the source's table made of a payload. */
export interface Reading {
  /** Where it was read, or where it should be. Empty if the payload cannot contain it. */
  readonly path: string;
  /** Undefined if there is no value. */
  readonly value: unknown;
  /** What was done to it, for people (origin.ts). */
  readonly rule: string;
  /** Its origin, if not `path`: a setting, the call, or null if it is the same for every payload. */
  readonly from?: string | null;
  /** The same for parts of the value: `consent.tcf`. */
  readonly parts?: Origins;
  /** True for an id that has only plain characters, few enough: no check would find a fault. */
  readonly isPlain?: boolean;
}
