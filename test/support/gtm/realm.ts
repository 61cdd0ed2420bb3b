/**
 * The language of a template as a node:vm context: the methods of strings and arrays that Tag Manager has, and no other
 * globals. `Date`, `String` or `startsWith` fail here as they do there.
 *
 * The APIs that only compute are created inside, so that their results have no extra methods.
 */
import { createHash } from 'node:crypto';
import { type Context, createContext, runInContext } from 'node:vm';

/** https://developers.google.com/tag-platform/tag-manager/templates/standard-library */
export const LIBRARY = {
  Array:
    'concat every filter forEach indexOf join lastIndexOf map pop push reduce reduceRight reverse shift slice some sort splice toString unshift',
  String:
    'charAt concat indexOf lastIndexOf match replace search slice split substring toLowerCase toLocaleLowerCase toString toUpperCase toLocaleUpperCase trim',
};

/** Evaluated first, while the context still has its globals. `JSON.parse` returns undefined for invalid JSON. */
const PRELUDE = `
  const { parse, stringify } = JSON;
  const [text, number, isArray, encode] = [String, Number, Array.isArray, encodeURIComponent];
  const { floor } = Math;
  const { ownKeys, deleteProperty } = Reflect;
  const globals = globalThis;
  const library = ${JSON.stringify(LIBRARY)};
  for (const [type, methods] of Object.entries(library)) {
    const { prototype } = globals[type];
    const kept = methods.split(' ').concat('length', Symbol.iterator);
    for (const name of ownKeys(prototype)) if (kept.indexOf(name) < 0) deleteProperty(prototype, name);
  }
  for (const name of ownKeys(globals)) deleteProperty(globals, name);
  ({
    JSON: {
      parse: (input) => { try { return parse(input); } catch { return undefined; } },
      stringify: (value) => stringify(value),
    },
    encodeUriComponent: (value) => encode(value),
    getType: (value) => value === null ? 'null' : isArray(value) ? 'array' : typeof value,
    makeString: (value) => text(value),
    makeInteger: (value) => floor(number(value)) || 0,
  })`;

export interface Realm {
  readonly context: Context;
  readonly pureApis: Readonly<Record<string, unknown>>;
}

export function openRealm(): Realm {
  const context = createContext({});
  const made = runInContext(`{${PRELUDE}}`, context);
  return { context, pureApis: { ...made, sha256Sync } };
}

function sha256Sync(input: string, options?: { readonly outputEncoding?: 'base64' | 'hex' }): string {
  return createHash('sha256')
    .update(input, 'utf8')
    .digest(options?.outputEncoding ?? 'base64');
}

/** A function of the context with this body. It sees only its own declarations and the given names. */
export function compile(realm: Realm, body: string, names: readonly string[]): (...given: unknown[]) => unknown {
  return runInContext(`(function (${names.join(', ')}) {\n'use strict';\n${body}\n})`, realm.context);
}
