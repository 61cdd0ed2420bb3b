/**
 * An event as a person typed it: read, hashed and checked like any other, before it is kept.
 *
 * PURE.
 */
import { parse } from 'lossless-json';
import type { MappingContext } from '../mapping/context.js';
import type { ConversionEvent } from '../mapping/event.js';
import { finishEvent } from '../mapping/finish-event.js';
import type { Issue } from '../mapping/refusal.js';

export type CheckedEvent =
  | { readonly ok: true; readonly event: ConversionEvent }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** The event's age is the worker's to judge: an old one may still be put in order. */
export function checkEvent(text: string, context: MappingContext): CheckedEvent {
  let draft: unknown;
  try {
    draft = JSON.parse(text);
  } catch {
    return { ok: false, issues: [{ path: '', message: `is not JSON${placeOf(text)}` }] };
  }
  if (typeof draft !== 'object' || draft === null || Array.isArray(draft)) {
    return { ok: false, issues: [{ path: '', message: 'is not one event: it must be an object in { }' }] };
  }
  return finishEvent(draft, { ...context, maxEventAgeHours: Number.POSITIVE_INFINITY });
}

/** Line and column, by a parser that always names the place; its message quotes the text and is not shown. */
function placeOf(text: string): string {
  try {
    parse(text);
    return '';
  } catch (error) {
    const [, offset = '0'] = /at position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
    const before = text.slice(0, Number(offset)).split('\n');
    return `: it goes wrong at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  }
}
