/**
 * What a correction changed: the paths at which two events differ, in the order of the fields.
 *
 * PURE.
 */
export interface Difference {
  /** `countryCode`, `matchKeys[0].values[0]` */
  readonly path: string;
  /** As JSON. Undefined if there was none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => differences(at(before, name), at(after, name), placeOf(path, name, before)));
  }
  const [left, right] = [textOf(before), textOf(after)];
  return left === right ? [] : [{ path, before: left, after: right }];
}

type Tree = Readonly<Record<string, unknown>> | readonly unknown[];

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null;
}

function at(tree: Tree, name: string): unknown {
  return Object.hasOwn(tree, name) ? Reflect.get(tree, name) : undefined;
}

function placeOf(path: string, name: string, parent: Tree): string {
  if (Array.isArray(parent)) return `${path}[${name}]`;
  return path === '' ? name : `${path}.${name}`;
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
