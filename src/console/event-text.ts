/**
 * Parses an event that a person typed as JSON, and gives the place of an error.
 *
 * PURE. Never quotes the text: it may hold a person's address.
 */
import { createHash } from 'node:crypto';
import { parse } from 'lossless-json';
import type { ConversionEvent } from '../mapping/event.js';
import type { Issue } from '../mapping/refusal.js';

export type ReadEventText =
  | { readonly ok: true; readonly draft: object }
  | { readonly ok: false; readonly issues: readonly Issue[] };

export function readEventText(text: string): ReadEventText {
  let draft: unknown;
  try {
    draft = JSON.parse(text);
  } catch {
    return { ok: false, issues: [{ path: '', message: `is not JSON${placeOf(text)}` }] };
  }
  if (typeof draft === 'object' && draft !== null && !Array.isArray(draft)) return { ok: true, draft };
  return { ok: false, issues: [{ path: '', message: 'is not one event: it must be an object in { }' }] };
}

/** Identifies the event that a form was made from, so that two people do not overwrite each other's changes. */
export function versionOf(event: ConversionEvent): string {
  return createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 16);
}

/** Line and column, from a parser that always gives the place. */
function placeOf(text: string): string {
  try {
    parse(text);
    return '';
  } catch (error) {
    const [, offset = '0'] = /at position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
    const before = text.slice(0, Number(offset)).split('\n');
    return `: error at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  }
}
