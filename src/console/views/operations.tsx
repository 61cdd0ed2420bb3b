/**
 * Operations: running ones with progress and a cancel button, ended ones with a resume button.
 */
import { type OperationRecord, type OperationState, outcomesOf } from '../../dead-letters/operations/operation.js';
import type { ShownOperation } from '../account-console.js';
import { durationText, plural, rateText, titleOf } from '../format.js';
import type { PageContext } from '../page-context.js';
import { Badge, Count, Empty, Facts, Notice, Time, type Tone } from './components.js';
import { CorrectionWords, FilterWords } from './filter-words.js';
import { Hidden, Layout, Live } from './layout.js';
import { Outcomes } from './outcomes.js';

interface OperationsProps {
  readonly page: PageContext;
  readonly account: string;
  readonly operations: readonly ShownOperation[];
  readonly notice?: string | undefined;
}

const STATE_TONES: Readonly<Record<OperationState, Tone>> = {
  running: 'plain',
  done: 'good',
  cancelled: 'warn',
  interrupted: 'warn',
  failed: 'bad',
};

export function OperationsPage({ page, account, operations, notice }: OperationsProps) {
  const running = operations.filter(({ record }) => record.state === 'running');
  const ended = operations.flatMap(({ record }) => (record.state === 'running' ? [] : [record]));
  return (
    <Layout page={page} title="Operations" section="operations" account={account} status={statusOf(running, ended[0])}>
      <h1>
        Operations <small>{account}</small>
      </h1>
      {notice !== undefined && <Notice tone="warn">{notice}</Notice>}
      <Live page={page} id="operations" seconds={isMoving(operations) ? 1 : 3}>
        {operations.length === 0 && <Empty title="Nothing was replayed, edited or discarded yet." />}
        {running.map(({ record, pace }) => (
          <Running key={record.id} operation={record} pace={pace} page={page} account={account} />
        ))}
        {ended.length > 0 && <EndedTable operations={ended} page={page} account={account} />}
      </Live>
    </Layout>
  );
}

/** An operation is running, or events of a replay are not settled yet. */
function isMoving(operations: readonly ShownOperation[]): boolean {
  return operations.some(({ record }) => record.state === 'running' || (outcomesOf(record)?.inFlight ?? 0) > 0);
}

/** Announced in tenths, not at every step: a screen reader would never stop. */
function statusOf(running: readonly ShownOperation[], last: OperationRecord | undefined): string {
  const operation = running[0]?.record;
  if (operation) {
    const tenths = Math.floor(((operation.done + operation.skipped) / Math.max(1, operation.total)) * 10);
    return `${operation.kind} running, ${tenths * 10} percent`;
  }
  return last
    ? `The last ${last.kind} is ${last.state}: ${last.done} of ${last.total}${outcomeText(last)}`
    : 'No operations yet';
}

function outcomeText(operation: OperationRecord): string {
  const outcomes = outcomesOf(operation);
  if (!outcomes) return '';
  const { delivered, diedAgain, inFlight } = outcomes;
  return `; ${delivered} delivered, ${diedAgain} failed again, ${inFlight} in flight`;
}

interface RowProps {
  readonly operation: OperationRecord;
  readonly page: PageContext;
  readonly account: string;
}

function Running({ operation, pace, page, account }: RowProps & Pick<ShownOperation, 'pace'>) {
  const { id, kind, done, skipped, total, startedAt, by, via, cancelledBy, order } = operation;
  const through = done + skipped;
  const left = Math.max(0, Math.min(total, order.max ?? total) - through);
  return (
    <section class="card" aria-labelledby={`operation-${id}`}>
      <header class="card-head">
        <h2 id={`operation-${id}`}>
          {titleOf(kind)} <Count value={through} /> of <Count value={total} />
        </h2>
        {cancelledBy !== undefined && <Badge tone="warn">cancelled, ends after its step</Badge>}
        {page.user?.role === 'operator' && cancelledBy === undefined && (
          <form method="post" action={`/accounts/${account}/operations/${id}/cancel`}>
            <Hidden page={page} />
            <button id={`cancel-${id}`} class="danger">
              Cancel<span class="visually-hidden"> the {kind}</span>
            </button>
          </form>
        )}
      </header>
      <progress aria-labelledby={`operation-${id}`} value={through} max={Math.max(1, total)} />
      <Facts
        rows={[
          ['Pace', paceText(pace, order.ratePerSecond)],
          ['Left', leftText(left, pace)],
          operation.kind === 'replay' && done > 0
            ? ['So far', <Outcomes operation={operation} account={account} />]
            : undefined,
          skipped > 0 ? ['Stay', <Skips operation={operation} />] : undefined,
          order.max === undefined ? undefined : ['At most', plural(order.max, 'letter')],
          ['By', `${by}, ${via}`],
          ['Started', <Time ms={startedAt} nowMs={page.nowMs} />],
          ['Filter', <FilterWords filter={order.filter} causeWords={order.causeWords} nowMs={page.nowMs} />],
          order.corrections.length > 0 ? ['With', <CorrectionWords corrections={order.corrections} />] : undefined,
        ]}
      />
    </section>
  );
}

function leftText(letters: number, pace: ShownOperation['pace']): string {
  if (!pace || pace.lookedAtPerSecond === 0) return 'not known yet';
  return `about ${durationText((letters / pace.lookedAtPerSecond) * 1000)}`;
}

function paceText(pace: ShownOperation['pace'], most: number | undefined): string {
  const now = pace === undefined ? 'not known yet' : `${rateText(pace.donePerSecond)} a second`;
  return most === undefined ? now : `${now}, at most ${most}`;
}

/** How many letters stay, and why the first of them do. */
function Skips({ operation: { id, skipped, skips } }: { operation: OperationRecord }) {
  if (skips.length === 0) return <>{plural(skipped, 'letter')}</>;
  return (
    <details id={`skips-${id}`}>
      <summary>{plural(skipped, 'letter')}</summary>
      <ul>
        {skips.map((skip) => (
          <li key={skip.id}>
            <code>{skip.id}</code> {skip.why}
          </li>
        ))}
      </ul>
    </details>
  );
}

type TableProps = Omit<RowProps, 'operation'> & { readonly operations: readonly OperationRecord[] };

function EndedTable({ operations, page, account }: TableProps) {
  const canChange = page.user?.role === 'operator';
  return (
    <table class="operations">
      <caption>Ended, the latest first</caption>
      <thead>
        <tr>
          <th scope="col">Operation</th>
          <th scope="col">State</th>
          <th scope="col" class="num">
            Letters
          </th>
          <th scope="col">What became of them</th>
          <th scope="col">Stay</th>
          <th scope="col">Filter</th>
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
          <Ended key={operation.id} operation={operation} page={page} account={account} />
        ))}
      </tbody>
    </table>
  );
}

function Ended({ operation, page, account }: RowProps) {
  const { id, kind, state, done, total, skipped, order, by, via, updatedAt } = operation;
  const { endedAt = updatedAt, cancelledBy } = operation;
  return (
    <tr>
      <th scope="row">
        {kind}
        <small>
          <code>{id}</code>
        </small>
      </th>
      <td data-label="State">
        <Badge tone={toneOf(operation)}>{state}</Badge>
        {cancelledBy !== undefined && <small>by {cancelledBy}</small>}
      </td>
      <td data-label="Letters" class="num">
        <Count value={done} /> of <Count value={total} />
      </td>
      <td data-label="What became of them">
        {kind === 'replay' && done > 0 ? (
          <Outcomes operation={operation} account={account} />
        ) : (
          <span class="faint">–</span>
        )}
      </td>
      <td data-label="Stay">{skipped === 0 ? '0' : <Skips operation={operation} />}</td>
      <Which order={order} nowMs={page.nowMs} />
      <td data-label="By">
        {by} <small>{via}</small>
      </td>
      <td data-label="Ended">
        <Time ms={endedAt} nowMs={page.nowMs} />
      </td>
      {page.user?.role === 'operator' && (
        <td class="act">
          {canResume(operation) && (
            <form method="post" action={`/accounts/${account}/operations/${id}/resume`}>
              <Hidden page={page} />
              <button id={`resume-${id}`}>
                Resume<span class="visually-hidden"> the {kind}</span>
              </button>
            </form>
          )}
        </td>
      )}
    </tr>
  );
}

function Which({ order, nowMs }: { order: OperationRecord['order']; nowMs: number }) {
  return (
    <td data-label="Filter" class="full">
      <FilterWords filter={order.filter} causeWords={order.causeWords} nowMs={nowMs} />
      {order.corrections.length > 0 && (
        <small>
          with <CorrectionWords corrections={order.corrections} />
        </small>
      )}
      {order.because !== undefined && <small>{order.because}</small>}
    </td>
  );
}

/** A replay is successful only if all of its events were delivered, now or before. */
function toneOf(operation: OperationRecord): Tone {
  const outcomes = outcomesOf(operation);
  const isOpen = outcomes !== undefined && outcomes.diedAgain + outcomes.inFlight > 0;
  return operation.state === 'done' && isOpen ? 'plain' : STATE_TONES[operation.state];
}

function canResume({ kind, state, isResumable }: OperationRecord): boolean {
  return isResumable && (kind === 'replay' || kind === 'discard') && state !== 'done' && state !== 'running';
}
