/**
 * Origins: where a field of an event comes from and which rule made it.
 *
 * A row of a table knows this, because it chose the place. Tests check both together: changing the value at an origin's path
 * changes the field, and changing anything else does not.
 */
export interface Origin {
  /** Path in the caller's payload, a setting or an option of the call; null if it is the same for every payload. */
  readonly from: string | null;
  readonly rule: string;
}

/**
 * By the event's field, or a place in it (`consent.tcf`). If only the parent is listed, the rest of the field's path is the same
 * in the payload.
 */
export type Origins = Readonly<Record<string, Origin>>;
