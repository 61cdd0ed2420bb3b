/**
 * A source's events within some days, and the share of them with each match key and consent state.
 *
 * PURE.
 */
import { MATCH_KEY_TYPES, type MatchKeyType } from '../mapping/match-key.js';
import type { Source } from '../mapping/source.js';
import { CONSENT_STATES, type ConsentState, type Counted } from './marks.js';

/** Events of one source on one day: how many have each. */
export type Counts = Readonly<Record<Counted, number>>;

export interface CoverageDay {
  /** Its start, epoch milliseconds. */
  readonly startMs: number;
  /** Sources that sent nothing are absent. */
  readonly sources: ReadonlyMap<Source, Counts>;
}

/** The events that have it, and their share of the period. Null if there were no events. */
export interface Part {
  readonly events: number;
  readonly share: number | null;
}

export interface Period {
  readonly events: number;
  /** An event with two e-mail addresses counts once. */
  readonly keys: Readonly<Record<MatchKeyType, Part>>;
  readonly consent: Readonly<Record<ConsentState, Part>>;
}

/** @param days undefined for a day on which the source sent nothing */
export function periodOf(days: readonly (Counts | undefined)[]): Period {
  const sumOf = (name: Counted) => days.reduce((sum, counts) => sum + (counts?.[name] ?? 0), 0);
  const events = CONSENT_STATES.reduce((sum, state) => sum + sumOf(state), 0);
  const partsOf = <Name extends Counted>(names: readonly Name[]) =>
    Object.fromEntries(
      names.map((name) => [name, { events: sumOf(name), share: events === 0 ? null : sumOf(name) / events }]),
    ) as Record<Name, Part>;
  return { events, keys: partsOf(MATCH_KEY_TYPES), consent: partsOf(CONSENT_STATES) };
}
