/**
 * The history: who did what to the dead letters, when, to which, and how many.
 */
import { plural, utcText, wordsOf } from '../format.js';
import type { AuditEntry } from '../letters.js';
import type { PageContext } from '../page-context.js';
import { FilterWords } from './filter-words.js';
import { Layout, Live } from './layout.js';
import { Count, Empty, Time } from './parts.js';

export interface HistoryProps {
  readonly page: PageContext;
  readonly account: string;
  readonly entries: readonly AuditEntry[];
  /** Id of the entry that the next page starts before. */
  readonly next: string | undefined;
}

export function HistoryPage({ page, account, entries, next }: HistoryProps) {
  return (
    <Layout
      page={page}
      title="History"
      section="history"
      account={account}
      status={plural(entries.length, 'entry', 'entries')}
    >
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
                <th scope="col">Which</th>
                <th scope="col">Counts</th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <tr key={entry.id}>
                  <th scope="row">
                    <Time ms={entry.at} nowMs={page.nowMs} />
                    <small>{utcText(entry.at)}</small>
                  </th>
                  <td data-label="Who">{entry.by}</td>
                  <td data-label="What">{entry.kind}</td>
                  <td data-label="Which">
                    <FilterWords filter={entry.filter} nowMs={page.nowMs} />
                  </td>
                  <td data-label="Counts" class="counts">
                    {Object.entries(entry.counts).map(([name, count]) => (
                      <span key={name}>
                        <Count value={count} /> {wordsOf(name)}
                      </span>
                    ))}
                  </td>
                  <td data-label="Why">{entry.because ?? <span class="faint">–</span>}</td>
                </tr>
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
