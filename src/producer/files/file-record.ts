/** One record of a file, or the reason why it cannot be read. */
/** A record and its place, from 1: the line of the file where it starts, or its position in a JSON array. */
export interface FileRecord {
  readonly line: number;
  /** Undefined if the record cannot be read. */
  readonly payload: { readonly value: unknown } | undefined;
  /** Why it cannot be read. Absent if it is not JSON. */
  readonly fault?: string;
}
