/**
 * Operations: what is running, with its progress and a way to cancel it, and what has ended, with a way to go on.
 */
import { durationText, plural, rateText, wordsOf } from '../format.js';
import type { Operation } from '../letters.js';
import type { PageContext } from '../page-context.js';
import { FilterWords } from './filter-words.js';
import { Hidden, Layout, Live } from './layout.js';
import { Badge, Count, Empty, Facts, Time, type Tone } from './parts.js';

export interface OperationsProps {
  readonly page: PageContext;
  readonly account: string;
  readonly operations: readonly Operation[];
  readonly notice?: string | undefined;
}

const STATE_TONES: Readonly<Record<Operation['state'], Tone>> = {
  running: 'plain',
  done: 'good',
  cancelled: 'warn',
  interrupted: 'warn',
  failed: 'bad',
};

export function OperationsPage({ page, account, operations, notice }: OperationsProps) {
  const running = operations.filter(({ state }) => state === 'running');
  const ended = operations.filter(({ state }) => state !== 'running');
  const last = ended[0];
  const status =
    running.length > 0
      ? `${plural(running.length, 'operation')} running`
      : last
        ? `the last ${last.kind} is ${last.state}: ${last.done} of ${last.total}`
        : 'no operations yet';
  return (
    <Layout page={page} title="Operations" section="operations" account={account} status={status}>
      <h1>
        Operations <small>{account}</small>
      </h1>
      {notice !== undefined && (
        <p class="notice warn" role="alert">
          {notice}
        </p>
      )}
      <Live page={page} id="operations" seconds={1}>
        {operations.length === 0 && <Empty title="Nothing was replayed, edited or discarded yet." />}
        {running.map((operation) => (
          <Running key={operation.id} operation={operation} page={page} account={account} />
        ))}
        {ended.length > 0 && <EndedTable operations={ended} page={page} account={account} />}
      </Live>
    </Layout>
  );
}

function Running({ operation, page, account }: { operation: Operation; page: PageContext; account: string }) {
  const { id, kind, done, skipped, total, startedAt, updatedAt, by, ratePerSecond, filter } = operation;
  const through = done + skipped;
  const seconds = Math.max(0.001, (page.nowMs - startedAt) / 1000);
  const rate = done / seconds;
  const leftMs = rate > 0 ? ((total - through) / rate) * 1000 : undefined;
  return (
    <section class="card" aria-labelledby={`operation-${id}`}>
      <header class="card-head">
        <h2 id={`operation-${id}`}>
          {wordsOf(kind)} <Count value={through} /> of <Count value={total} />
        </h2>
        {page.user?.role === 'operator' && (
          <form method="post" action={`/accounts/${account}/operations/${id}/cancel`}>
            <Hidden page={page} />
            <button id={`cancel-${id}`} class="danger">
              Cancel
            </button>
          </form>
        )}
      </header>
      <progress aria-labelledby={`operation-${id}`} value={through} max={Math.max(1, total)} />
      <Facts
        rows={[
          ['Pace', `${rateText(rate)} a second${ratePerSecond === undefined ? '' : ` of at most ${ratePerSecond}`}`],
          ['Left', leftMs === undefined ? 'not known yet' : `about ${durationText(leftMs)}`],
          skipped > 0 ? ['Stay', plural(skipped, 'letter')] : undefined,
          ['By', by],
          ['Started', <Time ms={startedAt} nowMs={page.nowMs} />],
          ['Last step', <Time ms={updatedAt} nowMs={page.nowMs} />],
          ['Which', <FilterWords filter={filter} nowMs={page.nowMs} />],
        ]}
      />
    </section>
  );
}

function EndedTable({
  operations,
  page,
  account,
}: {
  operations: readonly Operation[];
  page: PageContext;
  account: string;
}) {
  const canChange = page.user?.role === 'operator';
  return (
    <table class="operations">
      <caption>Ended, the latest first</caption>
      <thead>
        <tr>
          <th scope="col">Operation</th>
          <th scope="col">State</th>
          <th scope="col" class="num">
            Done
          </th>
          <th scope="col" class="num">
            Stay
          </th>
          <th scope="col">Which</th>
          <th scope="col">By</th>
          <th scope="col">Ended</th>
          {canChange && (
            <th scope="col">
              <span class="visually-hidden">Go on</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {operations.map((operation) => (
          <tr key={operation.id}>
            <th scope="row">{operation.kind}</th>
            <td data-label="State">
              <Badge tone={STATE_TONES[operation.state]}>{operation.state}</Badge>
            </td>
            <td data-label="Done" class="num">
              <Count value={operation.done} /> of <Count value={operation.total} />
            </td>
            <td data-label="Stay" class="num">
              <Count value={operation.skipped} />
            </td>
            <td data-label="Which">
              <FilterWords filter={operation.filter} nowMs={page.nowMs} />
              {operation.because !== undefined && <small>{operation.because}</small>}
            </td>
            <td data-label="By">{operation.by}</td>
            <td data-label="Ended">
              <Time ms={operation.updatedAt} nowMs={page.nowMs} />
            </td>
            {canChange && (
              <td class="act">
                {canResume(operation) && (
                  <form method="post" action={`/accounts/${account}/operations/${operation.id}/resume`}>
                    <Hidden page={page} />
                    <button id={`resume-${operation.id}`}>
                      Resume<span class="visually-hidden"> {operation.kind}</span>
                    </button>
                  </form>
                )}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function canResume({ state }: Operation): boolean {
  return state === 'cancelled' || state === 'interrupted' || state === 'failed';
}
