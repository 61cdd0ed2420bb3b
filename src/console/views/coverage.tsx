/**
 * Coverage: which match keys and what consent the events of each source have, by week, and what to do about it.
 */
import type { CoverageReport, Drop, SourceReport } from '../../coverage/report.js';
import { consentRowsOf, keyRowsOf, type Row } from '../../coverage/rows.js';
import { KEY_NAMES, SOURCE_NAMES, shareText } from '../../coverage/words.js';
import { plural } from '../format.js';
import type { PageContext } from '../page-context.js';
import { Badge, Count, Empty, Notice, Section } from './components.js';
import { Layout, Live } from './layout.js';

interface CoverageProps {
  readonly page: PageContext;
  readonly report: CoverageReport;
}

export function CoveragePage({ page, report: { account, today, sources } }: CoverageProps) {
  const drops = sources.reduce((sum, source) => sum + source.drops.length, 0);
  const status = drops === 0 ? 'no share fell today' : `${plural(drops, 'share')} fell by half or more today`;
  return (
    <Layout page={page} title="Coverage" section="coverage" account={account} status={status}>
      <h1>
        Coverage <small>of {account}</small>
      </h1>
      <p class="note">
        What came in, by source: the share of events with each match key, and what they say of consent. The more of a
        customer Amazon gets, the more conversions it can match. Days are those of UTC; today, {today}, is not over.
      </p>
      <Live page={page} id="sources" seconds={15}>
        {sources.length === 0 ? (
          <Empty title="Nothing came in within the last 14 days." />
        ) : (
          <div class="columns sources">
            {sources.map((source) => (
              <Source key={source.source} report={source} />
            ))}
          </div>
        )}
      </Live>
    </Layout>
  );
}

function Source({ report }: { report: SourceReport }) {
  const { source, today, lastSevenDays, sevenDaysBefore, drops, advice } = report;
  return (
    <Section id={`source-${source}`} title={SOURCE_NAMES[source]}>
      <p>
        <Count value={lastSevenDays.events} /> events in the last 7 days{' '}
        <small class="inline">({plural(today.events, 'event')} today)</small>, <Count value={sevenDaysBefore.events} />{' '}
        in the 7 days before
      </p>
      {drops.map((drop) => (
        <DropNotice key={drop.key} drop={drop} />
      ))}
      <Shares report={report} />
      {advice.length > 0 && (
        <ul class="advice">
          {advice.map(({ keys, finding, step }) => (
            <li key={keys.join()}>
              <span class="strong">{titled(finding)}.</span> {step}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function DropNotice({ drop: { key, share, before } }: { drop: Drop }) {
  return (
    <Notice tone="bad">
      <strong>{titled(KEY_NAMES[key])} fell:</strong> on {shareText(share)} of today’s events, on {shareText(before)} in
      the 7 days before today.
    </Notice>
  );
}

function Shares({ report }: { report: SourceReport }) {
  return (
    <table class="shares">
      <caption class="visually-hidden">Shares of the events of {SOURCE_NAMES[report.source]}</caption>
      <thead>
        <tr>
          <th scope="col">Events with</th>
          <th scope="col" class="num">
            Today
          </th>
          <th scope="col" class="num">
            <span class="swatch now" /> 7 days
          </th>
          <th scope="col" class="num">
            <span class="swatch before" /> Before
          </th>
          <th scope="col" class="num wide-only">
            Change
          </th>
          <th scope="col" class="wide-only" aria-hidden="true">
            By day
          </th>
        </tr>
      </thead>
      <Rows rows={keyRowsOf(report)} />
      <Rows rows={consentRowsOf(report)} />
    </table>
  );
}

function Rows({ rows }: { rows: readonly Row[] }) {
  return (
    <tbody>
      {rows.map(({ name, today, lastSevenDays, sevenDaysBefore, changePoints, days, isDropped }) => (
        <tr key={name}>
          <th scope="row">{titled(name)}</th>
          <td class="num">{isDropped ? <Badge tone="bad">{cellText(today)}</Badge> : cellText(today)}</td>
          <td class="num strong">{cellText(lastSevenDays)}</td>
          <td class="num">{cellText(sevenDaysBefore)}</td>
          <td class={changePoints === 0 ? 'num wide-only faint' : 'num wide-only'}>
            {changePoints === null ? '' : pointsText(changePoints)}
          </td>
          <td class="days wide-only" aria-hidden="true">
            <DayBars shares={days} />
          </td>
        </tr>
      ))}
    </tbody>
  );
}

const BAR = 8;
const BARS_HEIGHT = 20;

/** One bar per day. The numbers beside it say the same, so it is hidden from screen readers. */
function DayBars({ shares }: { shares: readonly (number | null)[] }) {
  return (
    <svg viewBox={`0 0 ${shares.length * BAR} ${BARS_HEIGHT}`} preserveAspectRatio="none">
      {shares.map((share, place) => {
        const height = Math.max(1, (share ?? 0) * BARS_HEIGHT);
        const week = place < shares.length / 2 ? 'week-before' : 'week-now';
        return (
          share !== null && (
            <rect
              key={`${place} of ${shares.length}`}
              class={week}
              x={place * BAR}
              y={BARS_HEIGHT - height}
              width={BAR - 2}
              height={height}
            />
          )
        );
      })}
    </svg>
  );
}

function cellText(share: number | null): string {
  return share === null ? '–' : shareText(share);
}

function pointsText(points: number): string {
  if (points === 0) return '±0';
  return points > 0 ? `+${points}` : `−${-points}`;
}

function titled(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
