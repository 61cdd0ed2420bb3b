/** What was read of a payload for one field of its event. */
import type { EventFields } from './event.js';
import type { Origins } from './origin.js';

export type FieldName = keyof EventFields;

/** What a row of the source's table made of a payload. */
export interface Reading {
  /** Where it was read, or where it should be. Empty where the payload cannot hold it. */
  readonly path: string;
  /** Undefined where there is nothing. */
  readonly value: unknown;
  /** What was done to it, for people (origin.ts). */
  readonly rule: string;
  /** Where it came from, if not from `path`: a setting, the call, or null for what is the same for every payload. */
  readonly from?: string | null;
  /** The same for parts of the value: `consent.tcf`. */
  readonly parts?: Origins;
  /** True of an id that is made of plain characters, few enough: no check would find fault with it. */
  readonly isPlain?: boolean;
}
