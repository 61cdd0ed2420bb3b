/**
 * The rows of a source's report as people see them: match keys, then consent states.
 *
 * PURE. A key is shown if it occurred in either period, or if the source could have it.
 */
import { MATCH_KEY_TYPES } from '../mapping/match-key.js';
import { adviceKeysOf } from './advice.js';
import { CONSENT_STATES } from './marks.js';
import type { Part, Period } from './period.js';
import type { SourceReport } from './report.js';
import { CONSENT_NAMES, KEY_NAMES } from './words.js';

export interface Row {
  readonly name: string;
  /** Shares. Null if there were no events. */
  readonly today: number | null;
  readonly lastSevenDays: number | null;
  readonly sevenDaysBefore: number | null;
  /** The last seven days against the seven before, in whole percentage points. Null if one of them had no events. */
  readonly changePoints: number | null;
  /** Oldest day first. */
  readonly days: readonly (number | null)[];
  /** True if today is less than half of the share before. */
  readonly isDropped: boolean;
}

export function keyRowsOf(report: SourceReport): Row[] {
  const possible = new Set(adviceKeysOf(report.source));
  return MATCH_KEY_TYPES.filter((key) => possible.has(key) || isSeen(report, ({ keys }) => keys[key])).map((key) =>
    rowOf(
      report,
      KEY_NAMES[key],
      ({ keys }) => keys[key],
      report.drops.some((drop) => drop.key === key),
    ),
  );
}

export function consentRowsOf(report: SourceReport): Row[] {
  return CONSENT_STATES.filter((state) => isSeen(report, ({ consent }) => consent[state])).map((state) =>
    rowOf(report, CONSENT_NAMES[state], ({ consent }) => consent[state], false),
  );
}

type PartOf = (period: Period) => Part;

function isSeen({ lastSevenDays, sevenDaysBefore }: SourceReport, partOf: PartOf): boolean {
  return partOf(lastSevenDays).events + partOf(sevenDaysBefore).events > 0;
}

function rowOf(report: SourceReport, name: string, partOf: PartOf, isDropped: boolean): Row {
  const now = partOf(report.lastSevenDays).share;
  const before = partOf(report.sevenDaysBefore).share;
  return {
    name,
    today: partOf(report.today).share,
    lastSevenDays: now,
    sevenDaysBefore: before,
    changePoints: now === null || before === null ? null : Math.round((now - before) * 100),
    days: report.days.map((day) => partOf(day).share),
    isDropped,
  };
}
