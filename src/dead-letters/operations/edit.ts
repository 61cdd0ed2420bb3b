/**
 * Corrections during a replay: `--set path=value` changes a field of the event, `--patch` several at once. The event is then
 * checked like any other.
 */
import { z } from 'zod';
import type { MappingContext } from '../../mapping/context.js';
import type { ConversionEvent } from '../../mapping/event.js';
import type { Issue } from '../../mapping/refusal.js';
import { checkConversion } from '../../mapping/sources/conversion.js';
import { jsonOf } from '../json-text.js';

/** One field: `path` in dotted form with indexes, as `countryCode` or `matchKeys[0].values[0]`. */
const editSchema = z.object({
  path: z.array(z.union([z.string(), z.number()])).readonly(),
  /** Parsed as JSON if possible, else the text itself. Undefined removes the field, or the entry from its list. */
  value: z.unknown().optional(),
});
/** A JSON merge patch (RFC 7396): fields to set, null for those to remove. */
const patchSchema = z.object({ patch: z.record(z.string(), z.unknown()) });

export const correctionSchema = z.union([patchSchema, editSchema]);
export type Correction = Readonly<z.output<typeof correctionSchema>>;
export type Edit = Readonly<z.output<typeof editSchema>>;

/** @throws Error if the text is not `path=value` */
export function parseEdit(text: string): Edit {
  const [, path, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (path === undefined || value === undefined) throw new Error(`--set takes path=value, not "${text}"`);
  const parts = path.match(/[^.[\]]+/g) ?? [];
  return { path: parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part)), value: valueOf(value) };
}

/** @throws Error if the text is not a JSON object */
export function parsePatch(text: string): Correction {
  const parsed = patchSchema.safeParse({ patch: jsonOf(text) });
  if (!parsed.success) throw new Error('a patch is a JSON object of fields to set, with null for those to remove');
  return parsed.data;
}

/** `currencyCode=USD`, `unitsSold=` for a field that is removed, or the patch as JSON. */
export function correctionText(correction: Correction): string {
  if ('patch' in correction) return JSON.stringify(correction.patch);
  const { path, value } = correction;
  const name = path
    .map((part, place) => (typeof part === 'number' ? `[${part}]` : place === 0 ? part : `.${part}`))
    .join('');
  if (value === undefined) return `${name}=`;
  return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

/** Whether it names match keys or an address: a person may type these in plaintext. */
export function holdsPersonalData(correction: Correction): boolean {
  const fields = 'patch' in correction ? Object.keys(correction.patch) : [correction.path[0]];
  return fields.some((field) => field === 'matchKeys' || field === 'consent');
}

export type Edited =
  | { readonly ok: true; readonly event: ConversionEvent }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** The event with its corrections, hashed and checked. The worker checks its age. */
export function editEvent(event: ConversionEvent, corrections: readonly Correction[], context: MappingContext): Edited {
  if (corrections.length === 0) return { ok: true, event };
  let draft: unknown = structuredClone(event);
  for (const correction of corrections) {
    if ('patch' in correction) draft = merge(draft, correction.patch);
    else if (!setAt(draft, correction)) {
      return { ok: false, issues: [{ path: correction.path.join('.'), message: 'does not exist in this event' }] };
    }
  }
  return checkEvent(draft, context);
}

/** A whole event that a person wrote, hashed and checked like any other. */
export function checkEvent(draft: unknown, context: MappingContext): Edited {
  return checkConversion(draft, { ...context, maxEventAgeHours: Number.POSITIVE_INFINITY });
}

/** RFC 7396, section 2. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map<string, unknown>(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, merge(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function setAt(target: unknown, { path, value }: Edit): boolean {
  const [first, ...rest] = path;
  if (first === undefined || typeof target !== 'object' || target === null) return false;
  if (first === '__proto__' || first === 'constructor') return false;
  if (Array.isArray(target)) return setInList(target, first, { path: rest, value });
  if (rest.length === 0) return Reflect.set(target, first, value);
  return setAt(Reflect.get(target, first), { path: rest, value });
}

/** An index far past the end would make a list that exhausts memory. Only the index after the last entry adds one. */
function setInList(list: unknown[], place: string | number, { path, value }: Edit): boolean {
  if (typeof place !== 'number' || place > list.length) return false;
  if (path.length > 0) return setAt(list[place], { path, value });
  if (value === undefined) list.splice(place, 1);
  else list[place] = value;
  return true;
}

/** Plain text needs no quotes: --set countryCode=US */
function valueOf(text: string): unknown {
  return text === '' ? undefined : (jsonOf(text) ?? text);
}
