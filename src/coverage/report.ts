/**
 * The coverage report: for each source, the share of its events with each match key and consent state, today, in the
 * last seven days and in the seven before; what dropped today, and what could be improved.
 *
 * PURE. Days are in UTC by Redis's clock. Today is one of the last seven days and is not over.
 */
import type { MatchKeyType } from '../mapping/match-key.js';
import { SOURCES, type Source } from '../mapping/source.js';
import { type Advice, adviceFor } from './advice.js';
import { type CoverageDay, type Period, periodOf } from './period.js';

const WEEK_DAYS = 7;

/** A match key whose share today is less than half of its share in the seven days before. */
export interface Drop {
  readonly key: MatchKeyType;
  readonly share: number;
  readonly before: number;
}

interface DayReport extends Period {
  /** `2026-11-20` */
  readonly day: string;
}

export interface SourceReport {
  readonly source: Source;
  readonly today: Period;
  readonly lastSevenDays: Period;
  readonly sevenDaysBefore: Period;
  /** Oldest first, today last. Covers both periods. */
  readonly days: readonly DayReport[];
  readonly drops: readonly Drop[];
  readonly advice: readonly Advice[];
}

export interface CoverageReport {
  readonly account: string;
  /** Today, as `2026-11-20`. */
  readonly today: string;
  /** Sources that sent something in either period: those with a drop first, then by number of events. */
  readonly sources: readonly SourceReport[];
}

/** @param days from readCoverage: today first */
export function reportCoverage(account: string, days: readonly CoverageDay[]): CoverageReport {
  const shown = days.slice(0, 2 * WEEK_DAYS);
  const sources = SOURCES.filter((source) => shown.some((day) => day.sources.has(source))).map((source) =>
    reportSource(source, days),
  );
  sources.sort(
    (left, right) => right.drops.length - left.drops.length || right.lastSevenDays.events - left.lastSevenDays.events,
  );
  return { account, today: dayText(days[0]?.startMs ?? 0), sources };
}

function reportSource(source: Source, days: readonly CoverageDay[]): SourceReport {
  const daysOf = (from: number, to: number) => days.slice(from, to).map((day) => day.sources.get(source));
  const today = periodOf(daysOf(0, 1));
  const lastSevenDays = periodOf(daysOf(0, WEEK_DAYS));
  return {
    source,
    today,
    lastSevenDays,
    sevenDaysBefore: periodOf(daysOf(WEEK_DAYS, 2 * WEEK_DAYS)),
    days: days
      .slice(0, 2 * WEEK_DAYS)
      .map((day, back) => Object.assign({ day: dayText(day.startMs) }, periodOf(daysOf(back, back + 1))))
      .reverse(),
    drops: dropsIn(today, periodOf(daysOf(1, 1 + WEEK_DAYS))),
    advice: adviceFor(source, lastSevenDays),
  };
}

/** Keys that a shop can lose by a changed checkout. Names and addresses are lost together with them. */
const WATCHED_KEYS = ['EMAIL', 'PHONE'] as const satisfies readonly MatchKeyType[];
/** The least number of events expected to have the key today. With fewer, a drop by half may be chance. */
const EXPECTED_MIN = 30;

/** The alert CapiMatchKeyDropped uses the same limits. */
function dropsIn(today: Period, before: Period): Drop[] {
  return WATCHED_KEYS.flatMap((key) => {
    const share = today.keys[key].share ?? 0;
    const usual = before.keys[key].share ?? 0;
    const isDropped = today.events * usual >= EXPECTED_MIN && share < usual / 2;
    return isDropped ? [{ key, share, before: usual }] : [];
  });
}

function dayText(startMs: number): string {
  return new Date(startMs).toISOString().slice(0, 10);
}
