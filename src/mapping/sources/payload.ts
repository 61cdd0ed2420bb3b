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

/** What a field holds and where it stands in the caller's payload, so that a fault can name it. */
export interface Picked {
  readonly path: string;
  readonly text: string | undefined;
  /** What was done to the text, for people (origin.ts). */
  readonly rule?: string;
}

/**
 * The first of several fields, given as dotted paths, that holds text.
 *
 * @param missingPath the field to name where none does; the first, unless said
 */
export function pickText(payload: Fields, paths: readonly string[], missingPath = paths[0] ?? ''): Picked {
  for (const path of paths) {
    const text = textOf(valueAt(payload, path));
    if (text !== undefined) return { path, text };
  }
  return { path: missingPath, text: undefined };
}

/** The first of several dotted paths where a value is; the counterpart of `firstPresent`. */
export function firstPresentPath(payload: Fields, paths: readonly string[]): string | undefined {
  return paths.find((path) => firstPresent(valueAt(payload, path)) !== undefined);
}

/** What stands at a dotted path, such as `data.object.currency`. */
export function valueAt(payload: Fields, path: string): unknown {
  let value: unknown = payload;
  for (const field of path.split('.')) value = fieldsOf(value)?.[field];
  return value;
}
