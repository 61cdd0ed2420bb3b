/**
 * Checks arguments of the library's calls, as callers in JavaScript have no compiler that does.
 *
 * Never: shows a value, which may be personal data.
 */
import { isSource, SOURCES, type Source } from '../mapping/source.js';
import { didYouMean } from '../settings/near-name.js';

const OPTION_NAMES = ['source'];

/**
 * The source that a call's options name.
 *
 * @throws TypeError if they are not options, or name no source
 */
export function sourceOf(options: unknown): Source {
  if (options === undefined) return 'conversion';
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`the second argument must be an object such as { source: 'order' }, not ${kindOf(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (OPTION_NAMES.includes(name)) continue;
    const hint = didYouMean(name, OPTION_NAMES) || '. Options of all calls belong to createProducer';
    throw new TypeError(`the second argument has an option that is not known, ${name}${hint}`);
  }
  const source = 'source' in options && options.source !== undefined ? options.source : 'conversion';
  if (typeof source !== 'string' || !isSource(source)) throw new TypeError(`source is one of ${SOURCES.join(', ')}`);
  return source;
}

/** @throws TypeError if the payloads are not an array: without a length they would count as none */
export function demandList(payloads: unknown): void {
  if (Array.isArray(payloads)) return;
  throw new TypeError(
    `the first argument of enqueueMany must be an array of payloads, not ${kindOf(payloads)}. For one payload call enqueue`,
  );
}

/** @throws TypeError for a value that is never a payload, such as a promise that was not awaited */
export function demandPayload(payload: unknown): void {
  const kind = kindOf(payload);
  if (!NO_PAYLOADS.has(kind)) return;
  const advice = ADVICE[kind] ?? 'give the parsed object';
  throw new TypeError(`the first argument of enqueue must be a payload, an object, not ${kind}: ${advice}`);
}

const ADVICE: Readonly<Record<string, string>> = {
  'a promise': 'await it first',
  'an array': 'call enqueueMany',
};

const NO_PAYLOADS: ReadonlySet<string> = new Set([
  'undefined',
  'a string',
  'a function',
  'an array',
  'a promise',
  'bytes',
  'a Map',
  'a Set',
  'a Date',
]);

/** In words, such as `a promise`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Promise) return 'a promise';
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 'bytes';
  if (value instanceof Map) return 'a Map';
  if (value instanceof Set) return 'a Set';
  return value instanceof Date ? 'a Date' : 'an object';
}
