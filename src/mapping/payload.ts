/** Reads payloads that other programs define: places in them, and their values. */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | undefined {
  return isFields(value) ? value : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a source's table reads. */
export interface Payload {
  /** The value of a field at the top level. */
  get(field: string): unknown;
  /** Where the place is in what the caller sent. */
  locate(path: string): string;
  /** What distinguishes this event from others, for events without an id. */
  content(): unknown;
  /** Reads an object or a list that other events may share: once for all events of a body. */
  once<Value>(what: string, of: object, read: () => Value): Value;
}

/** A payload that is one object, with its fields where the table says. */
export class PlainPayload implements Payload {
  readonly #fields: Fields;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  get(field: string): unknown {
    return this.#fields[field];
  }

  locate(path: string): string {
    return path;
  }

  content(): unknown {
    return this.#fields;
  }

  once<Value>(_what: string, _of: object, read: () => Value): Value {
    return read();
  }
}

/**
 * A place in the payload, such as `data.object.currency` or `address[0].country`. It is parsed once, because every payload is
 * read there.
 */
export interface Place {
  readonly path: string;
  readonly first: string;
  readonly others: readonly string[];
}

export function placeAt(path: string): Place {
  const [first = '', ...others] = path.split(/\.|\[|\]\.?/).filter((part) => part !== '');
  return { path, first, others };
}

/** Places in order; there is always a first. */
export type Places = readonly [Place, ...Place[]];

export function at(first: string, ...others: readonly string[]): Places {
  return [placeAt(first), ...others.map(placeAt)];
}

/** For what no payload of the source has. */
export const NOWHERE: Places = at('');

/** The value at the place; undefined if something on the way is not an object. */
export function valueAt(payload: Payload, { first, others }: Place): unknown {
  let value = payload.get(first);
  if (others.length === 0) return value;
  for (const field of others) {
    if (isFields(value)) value = value[field];
    else if (Array.isArray(value)) value = value[Number(field)];
    else return undefined;
  }
  return value;
}

/** The part of the place with a value that is not an object, so that nothing can be below it. */
export function obstacleAt(payload: Payload, { first, others }: Place): string | undefined {
  let value = payload.get(first);
  let path = first;
  for (const field of others) {
    // PHP writes an empty object as an empty list.
    if (isAbsent(value) || value === false || (Array.isArray(value) && value.length === 0)) return undefined;
    if (Array.isArray(value) && /^\d+$/.test(field)) value = value[Number(field)];
    else if (isFields(value)) value = value[field];
    else return path;
    path = `${path}.${field}`;
  }
  return undefined;
}

/** Whether there is no value: absent, null or an empty text. 0 and false are values. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** A list. If an entry was removed from it, PHP writes it as an object: `{"0": {…}, "2": {…}}`. */
export function listIn(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  const fields = fieldsOf(value);
  return fields && Object.keys(fields).every((key) => /^\d+$/.test(key)) ? Object.values(fields) : undefined;
}

/** Text of a string or a number, trimmed; undefined if nothing is left, and for other types. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() || undefined;
  return typeof value === 'number' ? String(value) : undefined;
}
