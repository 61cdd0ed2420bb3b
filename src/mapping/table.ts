/**
 * Field tables: what a source's payload holds and what becomes of it, a row a field.
 *
 * One table drives the mapping, `--explain` and the tables of docs/sources.md, so that they cannot say different things.
 * It is meant to be held against the platform's documentation, row by row.
 */
import type { MatchKeyField } from './key-list.js';
import type { Place, Places } from './payload.js';
import type { FieldName, Reading } from './reading.js';
import type { RefusalReason } from './refusal.js';
import type { SourceRecord } from './source-record.js';

/** Reads one field of the event. Faults go to the record. */
export type FieldReader = (record: SourceRecord, from: Places) => Reading;

export interface FieldRow {
  /** Places in the payload, in order. */
  readonly from: Places;
  readonly read: FieldReader;
  /** For the documentation. */
  readonly note: string;
  /** How the documentation writes `from`, where a list of all places says less. */
  readonly shown?: string;
  /** The purchase makes no sense without it: what to write there. */
  readonly required?: string;
  /** The place to name where it is missing, if not the first. */
  readonly missing?: string;
  /** Belongs to purchases; of other events it is left out. */
  readonly isOfPurchases?: boolean;
}

/** What is refused before all else, by one field of the payload. */
interface RefusalRow {
  readonly at: Place;
  readonly reason: RefusalReason;
  readonly when: (value: unknown) => boolean;
  /** What the field says, for the refusal's message and the documentation. */
  readonly says: string;
}

/** A row of match keys: one type from its places, or several types from a block such as an address. */
export interface KeyRow {
  readonly to: string;
  readonly shown: string;
  /** The places that it reads. */
  readonly paths: readonly string[];
  readonly note: string;
  /** Adds what the payload holds to the list. */
  readonly addTo: (keys: MatchKeyField[], record: SourceRecord) => void;
}

export interface SourceTable {
  readonly source: string;
  readonly refusals: readonly RefusalRow[];
  readonly fields: Readonly<Partial<Record<FieldName, FieldRow>>>;
  readonly keys: readonly KeyRow[];
  /** The field to fill in where a payload holds no match key. */
  readonly keysPath: string;
  /** True for payloads that can hold any number of match keys: the first that Amazon takes are sent. */
  readonly isCapped: boolean;
}
