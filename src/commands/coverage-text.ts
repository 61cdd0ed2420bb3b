/** The coverage report as `status --coverage` prints it: a table a source, then what fell and what could be had. */
import { adviceKeysOf } from '../coverage/advice.js';
import { CONSENT_STATES } from '../coverage/marks.js';
import type { Part, Period } from '../coverage/period.js';
import type { CoverageReport, SourceReport } from '../coverage/report.js';
import { CONSENT_NAMES, KEY_NAMES, SOURCE_NAMES, shareText } from '../coverage/words.js';
import { MATCH_KEY_TYPES, type MatchKeyType } from '../mapping/match-key.js';
import { table } from './output.js';

export function coverageText({ account, today, sources }: CoverageReport): string {
  const head = `account ${account}: what came in, by days of UTC; today, ${today}, is not over`;
  if (sources.length === 0) return `account ${account}: nothing came in within the last 14 days`;
  return [head, ...sources.map(sourceText)].join('\n');
}

function sourceText(report: SourceReport): string {
  const { source, today, lastSevenDays, sevenDaysBefore, drops, advice } = report;
  const periods = [today, lastSevenDays, sevenDaysBefore];
  const row = (name: string, partOf: (period: Period) => Part) => [
    name,
    ...periods.map((period) => cellOf(partOf(period))),
    changeOf(partOf(lastSevenDays), partOf(sevenDaysBefore)),
  ];
  const rows = [
    ['events', ...periods.map(({ events }) => String(events)), ''],
    ...keysShown(report).map((key) => row(KEY_NAMES[key], ({ keys }) => keys[key])),
    ...CONSENT_STATES.filter((state) => periods.some(({ consent }) => consent[state].events > 0)).map((state) =>
      row(CONSENT_NAMES[state], ({ consent }) => consent[state]),
    ),
  ];
  return [
    table([SOURCE_NAMES[source], 'today', 'last 7 days', '7 days before', 'change'], rows),
    ...drops.map(
      ({ key, share, before }) =>
        `DROPPED  ${SOURCE_NAMES[source]}: ${KEY_NAMES[key]} on ${shareText(share)} of today's events, on ${shareText(before)} in the 7 days before today`,
    ),
    ...advice.map(({ text }) => `ADVICE  ${text}`),
  ].join('\n');
}

/** Those that came, and those that the source could have. */
function keysShown({ source, lastSevenDays, sevenDaysBefore }: SourceReport): MatchKeyType[] {
  const possible = adviceKeysOf(source);
  return MATCH_KEY_TYPES.filter(
    (key) => possible.includes(key) || lastSevenDays.keys[key].events + sevenDaysBefore.keys[key].events > 0,
  );
}

function cellOf({ share }: Part): string {
  return share === null ? '-' : shareText(share);
}

/** In points of the share; nothing where a period has no events. */
function changeOf(now: Part, before: Part): string {
  if (now.share === null || before.share === null) return '';
  const points = Math.round((now.share - before.share) * 100);
  return points === 0 ? '' : `${points > 0 ? '+' : ''}${points}`;
}
