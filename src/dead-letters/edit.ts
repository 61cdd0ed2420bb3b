/**
 * Corrections on the way back: `--set path=value` changes a field of the event, which is then checked like any other.
 */
import type { MappingContext } from '../mapping/context.js';
import type { ConversionEvent } from '../mapping/event.js';
import { finishEvent } from '../mapping/finish-event.js';
import type { Issue } from '../mapping/refusal.js';

/** `path` in dotted form with indexes: `countryCode`, `matchKeys[0].values[0]`. */
export interface Edit {
  readonly path: readonly (string | number)[];
  /** JSON where it parses as such, else the text itself. Undefined removes the field, or the entry from its list. */
  readonly value: unknown;
}

/** @throws Error where the text is not `path=value` */
export function parseEdit(text: string): Edit {
  const [, path, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (path === undefined || value === undefined) throw new Error(`--set takes path=value, not "${text}"`);
  const parts = path.match(/[^.[\]]+/g) ?? [];
  return { path: parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part)), value: valueOf(value) };
}

export type Edited =
  | { readonly ok: true; readonly event: ConversionEvent }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** The event with the edits made, hashed and checked; its age is the worker's to judge. */
export function editEvent(event: ConversionEvent, edits: readonly Edit[], context: MappingContext): Edited {
  if (edits.length === 0) return { ok: true, event };
  const draft: unknown = structuredClone(event);
  for (const edit of edits) {
    if (!setAt(draft, edit)) {
      return { ok: false, issues: [{ path: edit.path.join('.'), message: 'leads nowhere in this event' }] };
    }
  }
  return finishEvent(draft, { ...context, maxEventAgeHours: Number.POSITIVE_INFINITY });
}

function setAt(target: unknown, { path, value }: Edit): boolean {
  const [first, ...rest] = path;
  if (first === undefined || typeof target !== 'object' || target === null) return false;
  if (first === '__proto__' || first === 'constructor') return false;
  if (Array.isArray(target)) return setInList(target, first, { path: rest, value });
  if (rest.length === 0) return Reflect.set(target, first, value);
  return setAt(Reflect.get(target, first), { path: rest, value });
}

/** An index past the end would make a list of that length, which no memory holds; one beyond the last entry adds one. */
function setInList(list: unknown[], place: string | number, { path, value }: Edit): boolean {
  if (typeof place !== 'number' || place > list.length) return false;
  if (path.length > 0) return setAt(list[place], { path, value });
  if (value === undefined) list.splice(place, 1);
  else list[place] = value;
  return true;
}

function valueOf(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Plain text needs no quotes: --set countryCode=US
    return text;
  }
}
