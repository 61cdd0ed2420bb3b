/**
 * Origins: where a field of an event comes from and which rule made it.
 *
 * A row of a table knows because it chose. Tests hold both together: changing what stands at an origin's path changes the
 * field, and changing anything else does not.
 */
export interface Origin {
  /** Path in the caller's payload, a setting or a switch of the call; null for what is the same for every payload. */
  readonly from: string | null;
  readonly rule: string;
}

/**
 * By the event's field, or a place in it (`consent.tcf`). Where only the parent is there, the rest of the field's path is
 * the same in the payload.
 */
export type Origins = Readonly<Record<string, Origin>>;
