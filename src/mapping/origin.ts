/**
 * Origins: where a field of an event comes from and which rule made it, as the source's mapper says.
 *
 * The mapper knows because it chose: an origin stands beside the choice it explains. Tests hold both together: changing
 * what stands at an origin's path changes the field, and changing anything else does not.
 */
import type { MappingContext } from './context.js';
import type { EventActionSource } from './event.js';

export interface Origin {
  /** Path in the caller's payload, a setting or a switch of the call; null for what is the same for every payload. */
  readonly from: string | null;
  readonly rule: string;
}

/**
 * By the event's field, or a place in it (`consent.tcf`, `matchKeys[0]`). Where only the parent is there, the rest of
 * the field's path is the same in the payload.
 */
export type Origins = Readonly<Record<string, Origin>>;

const AS_WRITTEN = 'as written';

export function fromPath(path: string, rule = AS_WRITTEN): Origin {
  return { from: path, rule };
}

export function constant(rule: string): Origin {
  return { from: null, rule };
}

/** The country of the payload, or the setting in its place. */
export function countryOrigin(path: string | undefined): Origin {
  return path === undefined ? fromPath('DEFAULT_COUNTRY', 'setting: the payload names no country') : fromPath(path);
}

export interface SourcedActionSource {
  readonly value: EventActionSource;
  readonly origin: Origin;
}

/**
 * The action source of a payload that does not say: the caller's word, or the source's default.
 *
 * @param because what the payload was looked through for in vain
 */
export function defaultActionSource(
  context: MappingContext,
  fallback: EventActionSource,
  because = '',
): SourcedActionSource {
  const { eventActionSource } = context;
  if (eventActionSource === undefined) return { value: fallback, origin: constant(`default of this source${because}`) };
  return { value: eventActionSource, origin: fromPath('(the call)', `said with the call${because}`) };
}
