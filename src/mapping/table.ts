/**
 * Field tables: what a source's payload holds and what becomes of it, a row a field.
 *
 * One table drives the mapping, `--explain` and the tables of docs/sources.md, so that they cannot say different things.
 * It is meant to be held against the platform's documentation, row by row.
 */
import type { MappingContext } from './context.js';
import { type Draft } from './draft.js';
import { type EventFields, PURCHASE } from './event.js';
import { finishEvent } from './finish-event.js';
import { KeyList, type MatchKeyField } from './key-list.js';
import type { Origin, Origins } from './origin.js';
import { obstacleAt, type Payload, type Place, type Places, textOf, valueAt } from './payload.js';
import { type Fault, type Mapped, type RefusalReason } from './refusal.js';

/** What a row made of a payload. */
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
}

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

export type FieldName = keyof EventFields;

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

/** The order in which fields are read: what others depend on first. */
const READING_ORDER = [
  'eventType',
  'currencyCode',
  'name',
  'eventActionSource',
  'countryCode',
  'timestamp',
  'clientDedupeId',
  'value',
  'unitsSold',
  'consent',
  'dataProcessingOptions',
  'customAttributes',
] as const satisfies readonly FieldName[];

interface Found {
  readonly path: string;
  readonly text: string | undefined;
  /** Something that is no text stands there; the fault is told. */
  readonly isWrong: boolean;
}

/** A payload on its way through a table: what it holds, and what was found wrong with it. */
export class SourceRecord {
  readonly payload: Payload;
  readonly context: MappingContext;
  readonly faults: Fault[];
  // All names are there from the start, for each of them is set for every payload.
  readonly readings: Record<FieldName, Reading | undefined> = {
    eventType: undefined,
    currencyCode: undefined,
    name: undefined,
    eventActionSource: undefined,
    countryCode: undefined,
    timestamp: undefined,
    clientDedupeId: undefined,
    value: undefined,
    unitsSold: undefined,
    consent: undefined,
    dataProcessingOptions: undefined,
    customAttributes: undefined,
  };

  constructor(payload: Payload, context: MappingContext, faults: readonly Fault[]) {
    this.payload = payload;
    this.context = context;
    this.faults = [...faults];
  }

  get isPurchase(): boolean {
    return this.readings.eventType?.value === PURCHASE;
  }

  /** In capitals, whether it is a currency or not; empty where there is none. */
  get currency(): string {
    const code = this.readings.currencyCode?.value;
    return typeof code === 'string' ? code.toUpperCase() : '';
  }

  refuse(path: string, message: string, reason: RefusalReason = 'invalid'): void {
    const located = this.payload.locate(path);
    const isTold = reason === 'invalid' && this.faults.some((fault) => fault.path === located);
    if (!isTold) this.faults.push({ reason, path: located, message });
  }

  at(place: Place): unknown {
    return valueAt(this.payload, place);
  }

  /** The first place that holds text or a number. What is there and is neither is a fault: it may be what was meant. */
  first(places: Places, form = 'must be text'): Found {
    for (const place of places) {
      const value = valueAt(this.payload, place);
      if (value === undefined) {
        const obstacle = place.others.length === 0 ? undefined : obstacleAt(this.payload, place);
        if (obstacle === undefined) continue;
        this.refuse(obstacle, 'must be an object');
        return { path: obstacle, text: undefined, isWrong: true };
      }
      if (value === null) continue;
      const text = textOf(value);
      if (text !== undefined && text !== 'NaN') return { path: place.path, text, isWrong: false };
      if (typeof value === 'string') continue;
      this.refuse(place.path, form);
      return { path: place.path, text: undefined, isWrong: true };
    }
    return { path: places[0].path, text: undefined, isWrong: false };
  }
}

/** What is known of a payload before the table is held against it. */
interface Before {
  /** Faults in its form. A row's fault at the same place is not told again. */
  readonly faults?: readonly Fault[];
  /** Its match keys, where another event of the same body has read them already. */
  readonly keys?: KeyList | undefined;
}

export function mapByTable(
  table: SourceTable,
  payload: Payload,
  context: MappingContext,
  { faults = [], keys }: Before = {},
): Mapped {
  const record = new SourceRecord(payload, context, faults);
  return finishEvent(new TableDraft(table, record, keys), context);
}

export function matchKeysIn({ keys: rows }: Pick<SourceTable, 'keys'>, record: SourceRecord): MatchKeyField[] {
  const keys: MatchKeyField[] = [];
  for (const row of rows) row.addTo(keys, record);
  return keys;
}

class TableDraft implements Draft {
  readonly fields: Record<string, unknown> = {};
  readonly keys: KeyList;
  readonly isCapped: boolean;
  readonly #table: SourceTable;
  readonly #record: SourceRecord;

  constructor(table: SourceTable, record: SourceRecord, keys: KeyList | undefined) {
    this.#table = table;
    this.#record = record;
    this.isCapped = table.isCapped;
    for (const row of table.refusals) {
      if (row.when(record.at(row.at))) record.refuse(row.at.path, row.says, row.reason);
    }
    for (const field of READING_ORDER) {
      const row = table.fields[field];
      if (row) this.#read(field, row);
    }
    if (this.fields['consent'] === undefined) this.#fillConsent();
    this.keys = keys ?? new KeyList(matchKeysIn(table, record));
  }

  get faults(): readonly Fault[] {
    return this.#record.faults;
  }

  #read(field: FieldName, row: FieldRow): void {
    const record = this.#record;
    const count = record.faults.length;
    const reading = row.read(record, row.from);
    record.readings[field] = reading;
    if (row.isOfPurchases && !record.isPurchase) record.faults.length = count;
    else if (reading.value !== undefined) this.fields[field] = reading.value;
    else if (row.required !== undefined && record.faults.length === count) {
      record.refuse(row.missing ?? reading.path, `is required: ${row.required}`);
    }
  }

  /** The caller's word and the setting's stand only where the payload has no signal at all. */
  #fillConsent(): void {
    const { readings, context, faults, payload } = this.#record;
    const path = readings.consent?.path ?? '';
    if (context.defaultConsent === undefined || faults.some((fault) => fault.path === payload.locate(path))) return;
    this.fields['consent'] = context.defaultConsent;
    readings.consent = {
      path,
      value: context.defaultConsent,
      rule: 'said with the call or by the settings',
      from: '(the call)',
    };
  }

  nameOf(path: string): string {
    const [field = '', ...rest] = path.split(/(?=[.[])/);
    if (field === 'matchKeys' && rest.length === 0) return this.locate(this.#table.keysPath);
    const reading = Object.entries(this.#record.readings).find(([name]) => name === field)?.[1];
    const part = reading?.parts?.[path]?.from;
    if (typeof part === 'string') return this.locate(part);
    return reading === undefined || reading.path === '' ? path : this.locate([reading.path, ...rest].join(''));
  }

  locate(path: string): string {
    return this.#record.payload.locate(path);
  }

  originsOf(): Origins {
    const origins: Record<string, Origin> = {};
    for (const [field, reading] of Object.entries(this.#record.readings)) {
      if (!reading) continue;
      const { path, rule, from = path, parts = {} } = reading;
      origins[field] = this.#located({ from, rule });
      for (const [part, origin] of Object.entries(parts)) origins[part] = this.#located(origin);
    }
    return origins;
  }

  /** Settings and the call begin with no small letter. */
  #located(origin: Origin): Origin {
    const { from } = origin;
    return from !== null && /^[a-z]/.test(from) ? { ...origin, from: this.locate(from) } : origin;
  }
}
