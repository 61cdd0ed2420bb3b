/**
 * The body of Google's Measurement Protocol: fields that all its events share (`user_data`, `timestamp_micros`, …) and a
 * list of events, each with a name and params.
 *
 * What the events share is read and hashed once a body, so that a body with many events and a long list of customers takes
 * no longer than both together.
 */
import type { MappingContext } from '../context.js';
import { digestOf } from '../dedupe-id.js';
import { KeyList } from '../key-list.js';
import { type Fields, fieldsOf, type Payload, PlainPayload } from '../payload.js';
import { SourceRecord } from '../table.js';
import { hasUserData, USER_DATA } from './ga4-user-data.js';

export class MeasurementBody {
  readonly #shared: Fields;
  readonly #context: MappingContext;
  #keys: KeyList | undefined;
  #digest: string | undefined;

  constructor(body: Fields, context: MappingContext) {
    this.#shared = { ...body, events: undefined };
    this.#context = context;
  }

  /** @returns undefined where the entry is no event */
  eventAt(entry: unknown, index: number): MeasurementEvent | undefined {
    const event = fieldsOf(entry);
    return event && new MeasurementEvent(event, this, `events[${index}]`);
  }

  /** The match keys of the body; undefined where the event has a customer of its own. */
  keysOf(event: MeasurementEvent): KeyList | undefined {
    if (event.hasCustomer) return undefined;
    this.#keys ??= new KeyList(USER_DATA.read(new SourceRecord(new PlainPayload(this.#shared), this.#context, [])));
    return this.#keys;
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#shared, field);
  }

  get(field: string): unknown {
    return this.has(field) ? this.#shared[field] : undefined;
  }

  /** Stands for all that the events share. */
  get digest(): string {
    this.#digest ??= digestOf(this.#shared);
    return this.#digest;
  }
}

/** An event as a flat one: its params stand before its own fields, and those before the body's. */
export class MeasurementEvent implements Payload {
  readonly #body: MeasurementBody;
  readonly #event: Fields;
  readonly #params: Fields;
  readonly #path: string;

  constructor(event: Fields, body: MeasurementBody, path: string) {
    this.#event = event;
    this.#params = fieldsOf(event['params']) ?? {};
    this.#body = body;
    this.#path = path;
  }

  get hasCustomer(): boolean {
    return hasUserData((field) => Object.hasOwn(this.#params, field) || Object.hasOwn(this.#event, field));
  }

  get(field: string): unknown {
    if (field === 'event_name') return this.#event['name'];
    if (Object.hasOwn(this.#params, field)) return this.#params[field];
    return Object.hasOwn(this.#event, field) ? this.#event[field] : this.#body.get(field);
  }

  locate(path: string): string {
    const [first = ''] = path.split(/[.[]/);
    if (first === 'event_name') return `${this.#path}.name`;
    if (Object.hasOwn(this.#params, first)) return `${this.#path}.params.${path}`;
    if (Object.hasOwn(this.#event, first)) return `${this.#path}.${path}`;
    return this.#body.has(first) ? path : `${this.#path}.params.${path}`;
  }

  /** The body's share is hashed once for all its events. */
  content(): unknown {
    return [this.#body.digest, this.#event];
  }
}
