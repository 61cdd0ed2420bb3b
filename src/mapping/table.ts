/**
 * Field tables: what a source's payload contains and what is made of it, a row for each field.
 *
 * One table drives the mapping, `--explain` and the tables of docs/sources.md, so they always agree. It can be compared with the
 * platform's documentation row by row.
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
  /** How the documentation writes `from`, if a list of all places is less clear. */
  readonly shown?: string;
  /** Set if a purchase needs the field: what to write there. */
  readonly required?: string;
  /** The place to name if it is missing, if not the first. */
  readonly missing?: string;
  /** Belongs to purchases; left out of other events. */
  readonly isOfPurchases?: boolean;
}

/** A refusal that is checked before everything else, by one field of the payload. */
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
  /** Adds the payload's values to the list. */
  readonly addTo: (keys: MatchKeyField[], record: SourceRecord) => void;
}

export interface SourceTable {
  readonly source: string;
  readonly refusals: readonly RefusalRow[];
  readonly fields: Readonly<Partial<Record<FieldName, FieldRow>>>;
  readonly keys: readonly KeyRow[];
  /** The field to fill in if a payload has no match key. */
  readonly keysPath: string;
  /** True for payloads that can have any number of match keys: the first that Amazon takes are sent. */
  readonly isCapped: boolean;
}
