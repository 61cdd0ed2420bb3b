/**
 * The body of Google's Measurement Protocol: fields that all its events share (`user_data`, `timestamp_micros`, …) and a list of
 * events, each with a name and params.
 *
 * Shared fields are read and hashed once for each body. So a body with many events and many customers takes only the sum of both
 * times, not their product.
 */
import type { MappingContext } from '../context.js';
import { digestLarge } from '../dedupe-id.js';
import { KeyList } from '../key-list.js';
import { type Fields, fieldsOf, type Payload, PlainPayload } from '../payload.js';
import { SourceRecord } from '../source-record.js';
import { matchKeysIn } from '../table-mapper.js';
import { hasUserData, USER_DATA } from './ga4-user-data.js';

/** Fields that Google allows only outside the events. */
const BODY_FIELDS: ReadonlySet<string> = new Set(['user_data', 'consent', 'user_location', 'timestamp_micros']);

export class MeasurementBody {
  readonly #shared: Fields;
  readonly #context: MappingContext;
  #keys: KeyList | undefined;
  readonly #known = new Map<string, WeakMap<object, unknown>>();
  #identity: Fields | undefined;

  constructor(body: Fields, context: MappingContext) {
    const { events: _events, ...shared } = body;
    this.#shared = shared;
    this.#context = context;
  }

  /** @returns undefined if the entry is not an event */
  eventAt(entry: unknown, index: number): MeasurementEvent | undefined {
    const event = fieldsOf(entry);
    return event && new MeasurementEvent(event, this, `events[${index}]`);
  }

  /** The match keys of the body; undefined if the event has its own customer. */
  keysOf(event: MeasurementEvent): KeyList | undefined {
    if (event.hasCustomer) return undefined;
    this.#keys ??= new KeyList(
      matchKeysIn({ keys: [USER_DATA] }, new SourceRecord(new PlainPayload(this.#shared), this.#context, [])),
    );
    return this.#keys;
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#shared, field);
  }

  get(field: string): unknown {
    return this.has(field) ? this.#shared[field] : undefined;
  }

  /** The shared part of each event's identity. */
  get identity(): Fields {
    this.#identity ??= digestLarge(this.#shared);
    return this.#identity;
  }

  /** What was read of an object or a list, for the next event with the same one. */
  once<Value>(what: string, of: object, read: () => Value): Value {
    const known: WeakMap<object, unknown> = this.#known.get(what) ?? new WeakMap();
    this.#known.set(what, known);
    if (!known.has(of)) known.set(of, read());
    // Each `what` is read by one reader, so its values are of one type.
    return known.get(of) as Value;
  }
}

/** An event as a flat one: its params go before its own fields, and those before the body's. */
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
    return this.#body.has(first) || BODY_FIELDS.has(first) ? path : `${this.#path}.params.${path}`;
  }

  once<Value>(what: string, of: object, read: () => Value): Value {
    return this.#body.once(what, of, read);
  }

  /** The body's part is read once for all its events. */
  content(): unknown {
    const { params: _params, name, ...own } = this.#event;
    return { ...this.#body.identity, ...own, ...this.#params, event_name: name };
  }
}
