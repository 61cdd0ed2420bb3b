/**
 * Reads a payload with its source's table: each row reads its field, then the fields and match keys are checked
 * (finish-event.ts).
 */
import { withoutUnsetStrings } from './consent-strings.js';
import type { MappingContext } from './context.js';
import type { Draft } from './draft.js';
import type { DraftFields } from './event-fields.js';
import { finishEvent } from './finish-event.js';
import { KeyList, type MatchKeyField } from './key-list.js';
import type { Origin, Origins } from './origin.js';
import type { Payload } from './payload.js';
import type { FieldName, Reading } from './reading.js';
import { type Fault, type Mapped, NO_FAULTS } from './refusal.js';
import { SourceRecord } from './source-record.js';
import type { FieldRow, SourceTable } from './table.js';

/** What is known of a payload before the table reads it. */
interface Before {
  /** Faults in its form. A row's fault at the same place is not reported again. */
  readonly faults?: readonly Fault[];
  /** Its match keys, if another event of the same body has already read them. */
  readonly keys?: KeyList | undefined;
}

/** A row with all its properties in one order, so that the runtime knows the place of each. */
type Row = Readonly<Pick<FieldRow, 'from' | 'read'>> & {
  readonly required: string | undefined;
  readonly missing: string | undefined;
  readonly isOfPurchases: boolean;
};
type Rows = Readonly<Record<FieldName, Row | undefined>>;

function rowsOf(fields: SourceTable['fields']): Rows {
  return {
    name: rowOf(fields.name),
    eventType: rowOf(fields.eventType),
    eventActionSource: rowOf(fields.eventActionSource),
    countryCode: rowOf(fields.countryCode),
    timestamp: rowOf(fields.timestamp),
    clientDedupeId: rowOf(fields.clientDedupeId),
    value: rowOf(fields.value),
    currencyCode: rowOf(fields.currencyCode),
    unitsSold: rowOf(fields.unitsSold),
    consent: rowOf(fields.consent),
    dataProcessingOptions: rowOf(fields.dataProcessingOptions),
    customAttributes: rowOf(fields.customAttributes),
  };
}

function rowOf(row: FieldRow | undefined): Row | undefined {
  if (row === undefined) return undefined;
  const { from, read, required, missing, isOfPurchases = false } = row;
  return { from, read, required, missing, isOfPurchases };
}

/** Maps the payloads of one source by its table, which is prepared once. */
export class TableMapper {
  readonly #table: SourceTable;
  readonly #rows: Rows;

  constructor(table: SourceTable) {
    this.#table = table;
    this.#rows = rowsOf(table.fields);
  }

  map(payload: Payload, context: MappingContext, before?: Before): Mapped {
    const record = new SourceRecord(payload, context, before?.faults ?? NO_FAULTS);
    return finishEvent(new TableDraft(this.#table, this.#rows, record, before?.keys), context);
  }
}

export function matchKeysIn({ keys: rows }: Pick<SourceTable, 'keys'>, record: SourceRecord): MatchKeyField[] {
  const keys: MatchKeyField[] = [];
  for (const row of rows) row.addTo(keys, record);
  return keys;
}

function withSignals(reading: Reading | undefined): Reading | undefined {
  if (reading?.value === undefined) return reading;
  const value = withoutUnsetStrings(reading.value);
  return value === reading.value ? reading : { ...reading, value };
}

class TableDraft implements Draft {
  readonly fields: DraftFields;
  readonly keys: KeyList;
  readonly isCapped: boolean;
  readonly #table: SourceTable;
  readonly #rows: Rows;
  readonly #record: SourceRecord;
  #isConsentUnread = false;

  constructor(table: SourceTable, rows: Rows, record: SourceRecord, keys: KeyList | undefined) {
    this.#table = table;
    this.#rows = rows;
    this.#record = record;
    this.isCapped = table.isCapped;
    for (const row of table.refusals) {
      if (row.when(record.at(row.at))) record.refuse(row.at.path, row.says, row.reason);
    }
    this.#readAll();
    this.fields = this.#fieldsRead();
    this.keys = keys ?? new KeyList(matchKeysIn(table, record));
  }

  get faults(): readonly Fault[] {
    return this.#record.faults;
  }

  get isIdPlain(): boolean {
    return this.#record.readings.clientDedupeId?.isPlain === true;
  }

  get isConsentUnread(): boolean {
    return this.#isConsentUnread;
  }

  /**
   * Rows that others depend on come first. It is written field by field: a loop over their names takes longer than all the
   * reading, because the runtime then looks up each name.
   */
  #readAll(): void {
    const { readings } = this.#record;
    const rows = this.#rows;
    readings.eventType = this.#read(rows.eventType);
    readings.currencyCode = this.#read(rows.currencyCode);
    readings.name = this.#read(rows.name);
    readings.eventActionSource = this.#read(rows.eventActionSource);
    readings.countryCode = this.#read(rows.countryCode);
    readings.timestamp = this.#read(rows.timestamp);
    readings.clientDedupeId = this.#read(rows.clientDedupeId);
    readings.value = this.#read(rows.value);
    readings.unitsSold = this.#read(rows.unitsSold);
    this.#readConsent(rows.consent);
    readings.dataProcessingOptions = this.#read(rows.dataProcessingOptions);
    readings.customAttributes = this.#read(rows.customAttributes);
  }

  #read(row: Row | undefined): Reading | undefined {
    if (row === undefined) return undefined;
    const record = this.#record;
    const count = record.faults.length;
    const reading = row.read(record, row.from);
    if (row.isOfPurchases && !record.isPurchase) record.faults.length = count;
    else if (reading.value === undefined && row.required !== undefined && record.faults.length === count) {
      record.refuse(row.missing ?? reading.path, `is required: ${row.required}`);
    }
    return reading;
  }

  /**
   * A signal that cannot be read is a fault and does not count as absent: neither the caller's value nor the setting replaces it.
   */
  #readConsent(row: Row | undefined): void {
    const { readings, faults, payload } = this.#record;
    const told = faults.length;
    const reading = withSignals(this.#read(row));
    readings.consent = reading;
    if (reading?.value !== undefined) return;
    const path = reading?.path ?? '';
    const isAmong = (fault: Fault) =>
      fault.path === payload.locate(path) || row?.from.some((place) => fault.path === payload.locate(place.path));
    this.#isConsentUnread = faults.length > told || faults.some(isAmong);
    if (!this.#isConsentUnread) this.#fillConsent(path);
  }

  /** A value that belongs to purchases is kept for reading, because an amount is read by its currency. */
  #fieldsRead(): DraftFields {
    const { readings } = this.#record;
    const rows = this.#rows;
    const isPurchase = this.#record.isPurchase;
    return {
      name: readings.name?.value,
      eventType: readings.eventType?.value,
      eventActionSource: readings.eventActionSource?.value,
      countryCode: readings.countryCode?.value,
      timestamp: readings.timestamp?.value,
      clientDedupeId: readings.clientDedupeId?.value,
      value: readings.value?.value,
      currencyCode: isPurchase || !rows.currencyCode?.isOfPurchases ? readings.currencyCode?.value : undefined,
      unitsSold: isPurchase || !rows.unitsSold?.isOfPurchases ? readings.unitsSold?.value : undefined,
      consent: readings.consent?.value,
      dataProcessingOptions: readings.dataProcessingOptions?.value,
      customAttributes: readings.customAttributes?.value,
    };
  }

  /** The caller's value and the setting are used only if the payload has no signal at all. */
  #fillConsent(path: string): void {
    const { readings, context } = this.#record;
    if (context.defaultConsent === undefined) return;
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

  /** Settings and the call do not begin with a small letter. */
  #located(origin: Origin): Origin {
    const { from } = origin;
    return from !== null && /^[a-z]/.test(from) ? { ...origin, from: this.locate(from) } : origin;
  }
}
