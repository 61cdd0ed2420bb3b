/**
 * The history: who changed which dead letters and when, and how far it came.
 */
import type { HistoryEntry } from '../../dead-letters/history.js';
import { plural, utcText } from '../format.js';
import type { PageContext } from '../page-context.js';
import { Badge, Count, Empty, Time, type Tone } from './components.js';
import { CorrectionWords, FilterWords } from './filter-words.js';
import { Layout, Live } from './layout.js';

interface HistoryProps {
  readonly page: PageContext;
  readonly account: string;
  readonly entries: readonly HistoryEntry[];
  /** The id before which the next page starts. */
  readonly next: string | undefined;
}

const PHASE_TONES: Readonly<Record<HistoryEntry['phase'], Tone>> = {
  started: 'plain',
  resumed: 'plain',
  done: 'good',
  cancelled: 'warn',
  failed: 'bad',
};

export function HistoryPage({ page, account, entries, next }: HistoryProps) {
  const status = plural(entries.length, 'entry', 'entries');
  return (
    <Layout page={page} title="History" section="history" account={account} status={status}>
      <h1>
        History <small>{account}</small>
      </h1>
      <Live page={page} id="history" seconds={5}>
        {entries.length === 0 ? (
          <Empty title="Nothing was replayed, edited, discarded or erased yet." />
        ) : (
          <table class="history">
            <caption class="visually-hidden">What was done to the dead letters, the latest first</caption>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Who</th>
                <th scope="col">What</th>
                <th scope="col">Letters</th>
                <th scope="col">How far</th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <Entry key={entry.id} entry={entry} account={account} nowMs={page.nowMs} />
              ))}
            </tbody>
          </table>
        )}
      </Live>
      {next !== undefined && (
        <nav class="pages" aria-label="Pages">
          <a rel="next" href={`/accounts/${account}/history?before=${encodeURIComponent(next)}`}>
            Older
          </a>
        </nav>
      )}
    </Layout>
  );
}

function Entry({ entry, account, nowMs }: { entry: HistoryEntry; account: string; nowMs: number }) {
  const {
    at,
    by,
    via,
    phase,
    kind,
    operation,
    letter,
    filter,
    corrections = [],
    causeWords,
    ratePerSecond,
    because,
  } = entry;
  return (
    <tr>
      <th scope="row">
        <Time ms={at} nowMs={nowMs} />
        <small>{utcText(at)}</small>
      </th>
      <td data-label="Who">
        {by} <small>{via}</small>
      </td>
      <td data-label="What" class="full">
        {kind} <Badge tone={kind === 'replay' && phase === 'done' ? 'plain' : PHASE_TONES[phase]}>{phase}</Badge>
        {operation !== undefined && (
          <small>
            <code>{operation}</code>
          </small>
        )}
      </td>
      <td data-label="Letters" class="full">
        {letter !== undefined && (
          <a id={`entry-${entry.id}`} href={`/accounts/${account}/letters/${encodeURIComponent(letter)}`}>
            {letter}
          </a>
        )}
        {filter && <FilterWords filter={filter} causeWords={causeWords} nowMs={nowMs} />}
        {corrections.length > 0 && (
          <small>
            with <CorrectionWords corrections={corrections} />
          </small>
        )}
        {ratePerSecond !== undefined && <small>at most {ratePerSecond} a second</small>}
      </td>
      <td data-label="How far" class="counts">
        <Reached entry={entry} />
      </td>
      <td data-label="Why">{because ?? <span class="faint">–</span>}</td>
    </tr>
  );
}

/** A finished replay has sent letters back. Their outcomes are on the page of operations. */
function Reached({ entry: { kind, total, done, skipped } }: { entry: HistoryEntry }) {
  return (
    <>
      {total !== undefined && (
        <span>
          <Count value={total} /> meant
        </span>
      )}
      {done !== undefined && (
        <span>
          <Count value={done} /> {kind === 'replay' ? 'sent back' : 'done'}
        </span>
      )}
      {skipped !== undefined && skipped > 0 && (
        <span>
          <Count value={skipped} /> stay
        </span>
      )}
    </>
  );
}
