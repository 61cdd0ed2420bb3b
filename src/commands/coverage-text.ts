/** The coverage report of `status --coverage`: a table per source, then what dropped and what could be improved. */
import type { CoverageReport, SourceReport } from '../coverage/report.js';
import { consentRowsOf, keyRowsOf } from '../coverage/rows.js';
import { KEY_NAMES, SOURCE_NAMES, shareText } from '../coverage/words.js';
import { table } from './output.js';

export function coverageText({ account, today, sources }: CoverageReport): string {
  if (sources.length === 0) return `account ${account}: nothing came in within the last 14 days`;
  const head = `account ${account}: what came in, by days of UTC; today, ${today}, is not over`;
  return [head, ...sources.map(sourceText)].join('\n');
}

function sourceText(report: SourceReport): string {
  const { source, today, lastSevenDays, sevenDaysBefore, drops, advice } = report;
  const name = SOURCE_NAMES[source];
  const events = [today, lastSevenDays, sevenDaysBefore].map((period) => String(period.events));
  const rows = [...keyRowsOf(report), ...consentRowsOf(report)].map((row) => [
    row.name,
    cellText(row.today),
    cellText(row.lastSevenDays),
    cellText(row.sevenDaysBefore),
    pointsText(row.changePoints),
  ]);
  return [
    table([name, 'today', 'last 7 days', '7 days before', 'change'], [['events', ...events, ''], ...rows]),
    ...drops.map(
      ({ key, share, before }) =>
        `DROPPED  ${name}: ${KEY_NAMES[key]} on ${shareText(share)} of today's events, on ${shareText(before)} in the 7 days before today`,
    ),
    ...advice.map(({ text }) => `ADVICE  ${text}`),
  ].join('\n');
}

function cellText(share: number | null): string {
  return share === null ? '-' : shareText(share);
}

function pointsText(points: number | null): string {
  return points === null || points === 0 ? '' : `${points > 0 ? '+' : ''}${points}`;
}
