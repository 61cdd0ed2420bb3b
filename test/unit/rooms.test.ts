/**
 * The rooms of src import in one direction, type imports included, and only what docs/architecture.md allows. No files
 * import each other in a circle. Only the command line and the library are in the root.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const FILES = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.tsx?$/.test(file),
);
const IMPORTS = new Map(FILES.map((file) => [file, importsOf(file)]));

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, 'src', file), 'utf8');
  const paths = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g)].map(([, path = '']) =>
    normalize(join(dirname(file), path)),
  );
  return paths.map((path) => (existsSync(join(ROOT, 'src', `${path}.tsx`)) ? `${path}.tsx` : `${path}.ts`));
}

const roomOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : file);

/** By room: what the table says that it may import. */
function allowed(): Map<string, string[]> {
  const page = readFileSync(join(ROOT, 'docs', 'architecture.md'), 'utf8');
  const rows = page.matchAll(/^\| `src\/([\w.-]+)` \|[^|]+\| ([^|]+) \|$/gm);
  return new Map([...rows].map(([, room = '', names = '']) => [room, names.split(/,\s*/).map((name) => name.trim())]));
}

it('every room imports what docs/architecture.md says of it, and nothing else', () => {
  const rooms = allowed();
  expect([...new Set(FILES.map(roomOf))].sort()).toEqual([...rooms.keys()].sort());
  const found = new Map([...rooms.keys()].map((room) => [room, new Set<string>()]));
  for (const [file, imports] of IMPORTS) {
    for (const room of imports.map(roomOf)) if (room !== roomOf(file)) found.get(roomOf(file))?.add(room);
  }
  const asSaid = [...rooms].map(([room, names]) => [room, names.filter((name) => name !== 'none').sort()]);
  expect([...found].map(([room, names]) => [room, [...names].sort()])).toEqual(asSaid);
});

it('no file is imported, by whatever way, by what it imports itself', () => {
  expect(circles()).toEqual([]);
});

function circles(): string[][] {
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file);
    if (start >= 0) found.push([...way.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    for (const next of IMPORTS.get(file) ?? []) visit(next, [...way, file]);
    done.add(file);
  };
  for (const file of FILES) visit(file, []);
  return found;
}
