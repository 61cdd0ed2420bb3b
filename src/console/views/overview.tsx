/**
 * The overview: the state of each account, the worst first.
 */
import type { ComponentChildren } from 'preact';
import type { OperationRecord } from '../../dead-letters/operations/operation.js';
import type { Cause } from '../../dead-letters/stats.js';
import type { AccountState } from '../../queue/account-state.js';
import { letterCount } from '../../queue/account-trouble.js';
import type { AccountView } from '../accounts-watch.js';
import { durationText, plural, rateText, wordsOf } from '../format.js';
import type { PageContext } from '../page-context.js';
import type { Rates } from '../rates.js';
import { Badge, CauseLine, Count, Empty, Reason, Time } from './components.js';
import { Layout, Live } from './layout.js';
import { TokenEnd } from './token-end.js';

export interface AccountSummary extends AccountView {
  readonly causes: readonly Cause[];
  /** Undefined if no operation is running. */
  readonly running: OperationRecord | undefined;
}

const CAUSES_SHOWN = 6;

interface OverviewProps {
  readonly page: PageContext;
  /** Of all accounts. */
  readonly states: readonly AccountState[];
  /** Of the accounts on this page. */
  readonly accounts: readonly AccountSummary[];
  readonly pages: { readonly number: number; readonly pageCount: number };
}

/** The most names that are read out. */
const NAMES_MAX = 5;

export function OverviewPage({ page, states, accounts, pages }: OverviewProps) {
  const letters = states.reduce((sum, state) => sum + letterCount(state), 0);
  const held = states.filter(({ gate }) => gate !== undefined);
  const names =
    held.length > NAMES_MAX ? plural(held.length, 'account') : held.map(({ account }) => account).join(', ');
  const status = `${plural(letters, 'dead letter')}; ${held.length === 0 ? 'no account is held' : `held: ${names}`}`;
  return (
    <Layout page={page} title="Overview" section="overview" status={status}>
      <h1>Overview</h1>
      <Live page={page} id="accounts" seconds={3}>
        {pages.pageCount > 1 && <Summary states={states} held={held.length} pages={pages} />}
        {accounts.map((account) => (
          <Account key={account.state.account} account={account} page={page} />
        ))}
      </Live>
      {pages.pageCount > 1 && <Pages {...pages} />}
    </Layout>
  );
}

type Pages = OverviewProps['pages'];

function Summary({ states, held, pages }: { states: readonly AccountState[]; held: number; pages: Pages }) {
  const withLetters = states.filter((state) => letterCount(state) > 0).length;
  return (
    <p class="note">
      {plural(states.length, 'account')}, those with problems first: {held} held, {withLetters} with dead letters. Page{' '}
      {pages.number} of {pages.pageCount}.
    </p>
  );
}

function Pages({ number, pageCount }: Pages) {
  return (
    <nav class="pages" aria-label="Pages">
      {number > 1 && (
        <a rel="prev" href={`/?page=${number - 1}`}>
          Previous
        </a>
      )}
      {number < pageCount && (
        <a rel="next" href={`/?page=${number + 1}`}>
          Next
        </a>
      )}
    </nav>
  );
}

function Account({ account, page }: { account: AccountSummary; page: PageContext }) {
  const { state, rates, running } = account;
  const { account: name, gate, oldestMs, queuedEvents, oldestLetterMs } = state;
  const headingId = `account-${name}`;
  const letters = letterCount(state);
  return (
    <section class="card" aria-labelledby={headingId}>
      <header class="card-head">
        <h2 id={headingId}>{name}</h2>
        <Gate gate={gate} nowMs={page.nowMs} />
        <TokenEnd token={state.refreshToken} nowMs={page.nowMs} />
        {running && (
          <a id={`running-${name}`} class="badge plain" href={`/accounts/${name}/operations`}>
            {running.kind} {Math.floor((running.done / Math.max(1, running.total)) * 100)} %
          </a>
        )}
      </header>
      <dl class="tiles">
        <Tile name="Rate in" note="events a second">
          {rates.overMs === 0 ? '–' : rateText(rates.takenPerSecond)}
        </Tile>
        <Tile name="Rate delivered" note="events a second">
          {rates.overMs === 0 ? '–' : rateText(rates.deliveredPerSecond)}
        </Tile>
        <Tile name="Backlog" note={plural(state.jobs.waiting + state.jobs.active + state.jobs.delayed, 'job')}>
          <Count value={queuedEvents} isShort />
        </Tile>
        <Tile name="Oldest queued" note={oldestMs === undefined ? 'nothing waits' : 'since it was enqueued'}>
          {oldestMs === undefined ? '–' : durationText(page.nowMs - oldestMs)}
        </Tile>
        <Tile
          name="Dead letters"
          note={oldestLetterMs === undefined ? 'none' : `the oldest ${durationText(page.nowMs - oldestLetterMs)} old`}
        >
          <a id={`letters-${name}`} href={`/accounts/${name}/letters`}>
            <Count value={letters} isShort />
            <span class="visually-hidden"> dead letters of {name}</span>
          </a>
        </Tile>
      </dl>
      <RateChart rates={rates} />
      <Causes account={account} page={page} />
      <Books account={account} nowMs={page.nowMs} />
    </section>
  );
}

function Tile({ name, note, children }: { name: string; note: string; children: ComponentChildren }) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd class="num">{children}</dd>
      <dd class="note">{note}</dd>
    </div>
  );
}

/** Pauses that end without a person: not a hold. */
const WAITING: Readonly<Partial<Record<string, string>>> = {
  throttled: 'throttled by Amazon',
  unavailable: 'Amazon is unavailable',
};

function Gate({ gate, nowMs }: { gate: AccountView['state']['gate']; nowMs: number }) {
  if (!gate) return <Badge tone="good">sending</Badge>;
  const next = gate.untilMs > nowMs ? `tries again in ${durationText(gate.untilMs - nowMs)}` : 'tries now';
  const waiting = WAITING[gate.reason];
  return (
    <span class="gate">
      <Badge tone={waiting === undefined ? 'bad' : 'warn'}>{waiting ?? `held: ${wordsOf(gate.reason)}`}</Badge>
      <small>
        {gate.detail !== '' && <code>{gate.detail}</code>} since <Time ms={gate.sinceMs} nowMs={nowMs} />, {next}
      </small>
    </span>
  );
}

const CHART_WIDTH = 600;
const CHART_HEIGHT = 48;

/**
 * Incoming and delivered events of the last minutes. The numbers beside it say the same, so it is hidden from screen
 * readers.
 */
function RateChart({ rates: { history } }: { rates: Rates }) {
  const highest = Math.max(0, ...history.flatMap(({ taken, delivered }) => [taken, delivered]));
  if (history.length < 2 || highest === 0) return null;
  const points = (of: 'taken' | 'delivered') =>
    history
      .map((point, place) => {
        const x = (place / (history.length - 1)) * CHART_WIDTH;
        const y = CHART_HEIGHT - 2 - (point[of] / highest) * (CHART_HEIGHT - 4);
        return `${x.toFixed(1)},${y.toFixed(1)}`;
      })
      .join(' ');
  return (
    <figure class="chart" aria-hidden="true">
      <svg viewBox={`0 0 ${CHART_WIDTH} ${CHART_HEIGHT}`} preserveAspectRatio="none">
        <polyline class="line-in" points={points('taken')} />
        <polyline class="line-out" points={points('delivered')} />
      </svg>
      <figcaption>
        <span class="key-in">in</span> <span class="key-out">delivered</span> last five minutes, highest{' '}
        {rateText(highest)} a second
      </figcaption>
    </figure>
  );
}

function Causes({ account: { state, causes }, page }: { account: AccountSummary; page: PageContext }) {
  const link = `/accounts/${state.account}/letters`;
  if (causes.length === 0)
    return <Empty title="No dead letters: everything that came in was delivered or still waits." />;
  const more = causes.length - CAUSES_SHOWN;
  return (
    <>
      <table class="causes">
        <caption>Dead letters by cause</caption>
        <thead>
          <tr>
            <th scope="col">Cause</th>
            <th scope="col">Reason</th>
            <th scope="col" class="num">
              Letters
            </th>
            <th scope="col">Newest</th>
          </tr>
        </thead>
        <tbody>
          {causes.slice(0, CAUSES_SHOWN).map((cause) => (
            <tr key={cause.id}>
              <th scope="row">
                <a id={`cause-${state.account}-${cause.id}`} href={`${link}?cause=${cause.id}`}>
                  <CauseLine cause={cause} />
                </a>
              </th>
              <td data-label="Reason">
                <Reason reason={cause.reason} />
              </td>
              <td data-label="Letters" class="num">
                <Count value={cause.count} />
              </td>
              <td data-label="Newest">
                <Time ms={cause.newestMs} nowMs={page.nowMs} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && (
        <p>
          <a href={link}>{plural(more, 'more cause')}</a>
        </p>
      )}
    </>
  );
}

function Books({ account: { balance, rates }, nowMs }: { account: AccountSummary; nowMs: number }) {
  if (!balance) {
    return (
      <p class="books">
        The books are not checked here: the queue is too long to be counted beside its work.{' '}
        <code>capi-forwarder status</code> counts it.
      </p>
    );
  }
  const { accepted, replayed, delivered, duplicate, deadLettered, erased, queued, difference } = balance;
  const isMoving = rates.takenPerSecond + rates.deliveredPerSecond > 0;
  const verdict =
    difference === 0 ? (
      <Badge tone="good">books balance</Badge>
    ) : isMoving ? (
      <Badge tone="plain">{plural(Math.abs(difference), 'event')} on the move</Badge>
    ) : (
      <Badge tone="bad">{plural(Math.abs(difference), 'event')} unaccounted for</Badge>
    );
  return (
    <p class="books">
      {verdict} <Count value={accepted - replayed} /> accepted{' '}
      {replayed > 0 && (
        <>
          + <Count value={replayed} /> replayed{' '}
        </>
      )}
      = <Count value={delivered} /> delivered + <Count value={duplicate} /> duplicate + <Count value={deadLettered} />{' '}
      dead-lettered +{' '}
      {erased > 0 && (
        <>
          <Count value={erased} /> erased +{' '}
        </>
      )}
      <Count value={queued} /> queued{' '}
      <small>
        counted <Time ms={balance.atMs} nowMs={nowMs} />
      </small>
    </p>
  );
}
