/**
 * Reading payloads that other programs define: what is not of the expected kind counts as absent.
 */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

export function itemsOf(value: unknown): Fields[] {
  if (!Array.isArray(value)) return [];
  return value.map(fieldsOf).filter((fields) => fields !== undefined);
}

/** Text of a string or a number, trimmed; undefined where nothing is left. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim();
  return text === '' ? undefined : text;
}

/** All texts of a value that may be one or a list of them. */
export function textsOf(value: unknown): string[] {
  return [value].flat().flatMap((entry: unknown) => textOf(entry) ?? []);
}

/** The first value that is there; 0 and false are, null is not. */
export function firstPresent(...values: readonly unknown[]): unknown {
  return values.find((value) => value !== undefined && value !== null && value !== '');
}
