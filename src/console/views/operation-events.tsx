/** The events of a replay that ended in one way. */
import { EVENTS_LISTED, type OperationRecord } from '../../dead-letters/operations/operation.js';
import type { ListedOutcome } from '../../dead-letters/operations/operation-store.js';
import { plural } from '../format.js';
import type { PageContext } from '../page-context.js';
import { Empty, LongId } from './components.js';
import { Layout, Live } from './layout.js';
import { Outcomes, outcomeWords } from './outcomes.js';

interface OperationEventsProps {
  readonly page: PageContext;
  readonly account: string;
  readonly operation: OperationRecord;
  readonly outcome: ListedOutcome;
  /** Their dedupe ids. */
  readonly events: readonly string[];
}

export function OperationEventsPage({ page, account, operation, outcome, events }: OperationEventsProps) {
  const words = outcomeWords(outcome);
  return (
    <Layout
      page={page}
      title={`${operation.kind} ${operation.id}: ${words}`}
      section="operations"
      account={account}
      status={`${plural(events.length, 'event')} ${words}`}
    >
      <p class="crumbs">
        <a href={`/accounts/${account}/operations`}>Operations</a>
      </p>
      <h1>
        Events {words} <small>{`${operation.kind} ${operation.id}`}</small>
      </h1>
      <Live page={page} id="events" seconds={3}>
        <Outcomes operation={operation} account={account} />
        {events.length === 0 ? (
          <Empty title="No event is listed here.">
            <p>The ids are kept for a week.</p>
          </Empty>
        ) : (
          <section class="card" aria-label={`Events ${words}`}>
            <ul class="ids">
              {events.toSorted().map((event) => (
                <li key={event}>
                  <code>
                    <LongId text={event} />
                  </code>
                </li>
              ))}
            </ul>
          </section>
        )}
        {operation.done > EVENTS_LISTED && (
          <p class="note">Of the first {plural(EVENTS_LISTED, 'event')} that the replay sent back.</p>
        )}
      </Live>
    </Layout>
  );
}
