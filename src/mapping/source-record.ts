/** A payload while a table reads it: its values, and the faults that were found. */
import type { MappingContext } from './context.js';
import { PURCHASE } from './event.js';
import { isAbsent, obstacleAt, type Payload, type Place, type Places, textOf, valueAt } from './payload.js';
import type { FieldName, Reading } from './reading.js';
import type { Fault, RefusalReason } from './refusal.js';

interface Found {
  readonly path: string;
  readonly text: string | undefined;
  /** It was text in the payload, not a number. */
  readonly isText: boolean;
  /** There is a value that is not text; the fault is reported. */
  readonly isWrong: boolean;
}

/** What a shop wrote into an order at checkout (sources/checkout-notes.ts). */
export interface Note {
  readonly path: string;
  readonly text: string;
}

/** By name, in lower case and without leading underscores. */
export type Notes = ReadonlyMap<string, Note>;

export class SourceRecord {
  readonly payload: Payload;
  readonly context: MappingContext;
  readonly faults: Fault[];
  /** Set once a row has asked for them. */
  notes: Notes | undefined = undefined;
  /** What the rows made of it. All names exist from the start, because each of them is set for every payload. */
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
    this.faults = faults.slice();
  }

  get isPurchase(): boolean {
    return this.readings.eventType?.value === PURCHASE;
  }

  /** In capitals, whether it is a currency or not; empty if there is none. */
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

  /** The first place with text or a number. A value of another type is a fault: it may be what was meant. */
  first(places: Places, form = 'must be text'): Found {
    // Nearly all rows have one place. This method is short enough for the runtime to inline it.
    const [place] = places;
    const value = valueAt(this.payload, place);
    const text = typeof value === 'string' ? value.trim() : '';
    if (text !== '') return { path: place.path, text, isText: true, isWrong: false };
    return this.#search(places, form);
  }

  #search(places: Places, form: string): Found {
    for (const place of places) {
      const value = valueAt(this.payload, place);
      if (value === undefined) {
        const obstacle = place.others.length === 0 ? undefined : obstacleAt(this.payload, place);
        if (obstacle === undefined) continue;
        this.refuse(obstacle, 'must be an object');
        return { path: obstacle, text: undefined, isText: false, isWrong: true };
      }
      if (value === null) continue;
      const text = textOf(value);
      if (text !== undefined && !Number.isNaN(value))
        return { path: place.path, text, isText: typeof value === 'string', isWrong: false };
      if (typeof value === 'string') continue;
      this.refuse(place.path, form);
      return { path: place.path, text: undefined, isText: false, isWrong: true };
    }
    return { path: places[0].path, text: undefined, isText: false, isWrong: false };
  }

  /** The first place with a value, or the first of all. */
  present(places: Places): { readonly path: string; readonly value: unknown } {
    for (const place of places) {
      const value = valueAt(this.payload, place);
      if (!isAbsent(value)) return { path: place.path, value };
    }
    return { path: places[0].path, value: undefined };
  }
}
