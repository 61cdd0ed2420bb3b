/** What a file gives, one at a time: a record, or what makes it unreadable. */
/** A record and where it stood: the line of the file where it starts, or the place in a JSON array, both from 1. */
export interface FileRecord {
  readonly line: number;
  /** Undefined where the record cannot be read. */
  readonly payload: { readonly value: unknown } | undefined;
  /** Why it cannot be read; absent where it is not JSON. */
  readonly fault?: string;
}
