/**
 * Reading payloads that other programs define: what is not of the expected kind counts as absent.
 */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | undefined {
  return isFields(value) ? value : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function itemsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** Text of a string or a number, trimmed; undefined where nothing is left. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim();
  return text === '' ? undefined : text;
}

/** The first value that is there; 0 and false are, null is not. */
export function firstPresent(...values: readonly unknown[]): unknown {
  for (const value of values) if (value !== undefined && value !== null && value !== '') return value;
  return undefined;
}

/** The sum of the items' quantities; a missing quantity is 1. Undefined where nothing was sold. */
export function unitsOf(items: readonly Fields[]): number | undefined {
  let units = 0;
  for (const item of items) {
    const quantity = Number(textOf(item['quantity']) ?? 1);
    if (Number.isInteger(quantity) && quantity > 0) units += quantity;
  }
  return units === 0 ? undefined : units;
}

/** A place in the caller's payload, such as `data.object.currency`: taken apart once, for each payload is read there. */
export interface Place {
  readonly path: string;
  readonly fields: readonly string[];
}

export function placeAt(path: string): Place {
  return { path, fields: path.split('.') };
}

export function placesAt(...paths: readonly string[]): Place[] {
  return paths.map(placeAt);
}

/** What a field holds and where it stands in the caller's payload, so that a fault can name it. */
export interface Picked {
  readonly path: string;
  readonly text: string | undefined;
  /** What was done to the text, for people (origin.ts). */
  readonly rule?: string;
}

/**
 * The first of several places that holds text.
 *
 * @param missingPath the field to name where none does; the first, unless said
 */
export function pickText(payload: Fields, places: readonly Place[], missingPath = places[0]?.path ?? ''): Picked {
  for (const place of places) {
    const text = textOf(valueAt(payload, place));
    if (text !== undefined) return { path: place.path, text };
  }
  return { path: missingPath, text: undefined };
}

/** The first of several dotted paths where a value is; the counterpart of `firstPresent`. */
export function firstPresentPath(payload: Fields, paths: readonly string[]): string | undefined {
  return paths.find((path) => firstPresent(valueAt(payload, placeAt(path))) !== undefined);
}

export function valueAt(payload: Fields, { fields }: Place): unknown {
  let value: unknown = payload;
  for (const field of fields) {
    if (!isFields(value)) return undefined;
    value = value[field];
  }
  return value;
}
