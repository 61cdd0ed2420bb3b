/**
 * Find: the state of one order or event, and its history.
 */
import type { ComponentChildren } from 'preact';
import type { FoundEvent, Moment } from '../../find/found-event.js';
import { utcText, wordsOf } from '../format.js';
import type { PageContext } from '../page-context.js';
import { Badge, Copy, Empty, Facts, LongId, Section, Time, type Tone } from './components.js';
import { Layout, Live } from './layout.js';

/** The longest dedupe id. */
export const FIND_ID_LENGTH = 256;

interface FindProps {
  readonly page: PageContext;
  /** As requested. Empty if nothing was requested. */
  readonly id: string;
  readonly found: FoundEvent | undefined;
}

export function FindPage({ page, id, found }: FindProps) {
  const status = found && `${found.id}: ${wordsOf(found.state)}`;
  return (
    <Layout page={page} title={id === '' ? 'Find' : `Find ${id}`} section="find" status={status} searched={id}>
      <h1>Find an order or event</h1>
      <p class="note">
        By the order’s id at the shop, a Stripe session, a GA4 transaction id, or the dedupe id as it was sent.
        {page.accounts.length > 1 && ' All accounts are searched.'}
      </p>
      {found && (
        <Live page={page} id="found" seconds={5}>
          {found.state === 'unknown' ? <Unknown id={id} /> : <AllFound found={found} page={page} />}
        </Live>
      )}
    </Layout>
  );
}

function Unknown({ id }: { id: string }) {
  return (
    <Empty title={`Nothing is known of ${id}.`}>
      <p>It was never seen here, or it was delivered longer ago than ids are kept. Is the id complete?</p>
    </Empty>
  );
}

function AllFound({ found, page }: { found: FoundEvent; page: PageContext }) {
  const events = [found, ...(found.also ?? [])];
  return (
    <div class="columns sources">
      {events.map((event, place) => (
        <Found key={`${event.account} ${event.dedupeId}`} event={event} place={place} page={page} />
      ))}
    </div>
  );
}

const TONES: Readonly<Record<FoundEvent['state'], Tone>> = {
  delivered: 'good',
  in_flight: 'plain',
  queued: 'plain',
  waiting: 'warn',
  dead_letter: 'bad',
  refused: 'bad',
  unknown: 'plain',
};

function Found({ event, place, page }: { event: FoundEvent; place: number; page: PageContext }) {
  const { account, source, state, dedupeId, requestId, deadLetterId, reason, knownUntil, timeline } = event;
  const time = (iso: string) => <Time ms={Date.parse(iso)} nowMs={page.nowMs} />;
  return (
    <Section id={`found-${place}`} title={<LongId text={dedupeId ?? event.id} />}>
      <Facts
        rows={[
          ['State', <State key="state" state={state} reason={reason} />],
          row('Dead letter', deadLetterId, (id) => (
            <a href={`/accounts/${account}/letters/${encodeURIComponent(id)}`}>Open it, to correct or replay</a>
          )),
          row('Delivered', event.deliveredAt, time),
          row('Amazon’s request', requestId, (id) => (
            <>
              <code>{id}</code> <Copy text={id} what="the request’s id" />
            </>
          )),
          row('Enqueued', event.enqueuedAt, time),
          row('Account', page.accounts.length > 1 ? account : undefined, (name) => name),
          row('Source', source, (name) => name),
          row('Known until', knownUntil, time),
        ]}
      />
      {timeline.length > 0 && (
        <ol class="timeline">
          {timeline.map(({ at, what, detail }) => (
            <li key={`${at} ${what} ${detail}`}>
              <span class="strong">{MOMENTS[what]}</span> <time dateTime={at}>{utcText(Date.parse(at))}</time>
              {detail !== undefined && <br />}
              {detail}
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

function State({ state, reason }: { state: FoundEvent['state']; reason: string | undefined }) {
  return (
    <>
      <Badge tone={TONES[state]}>{wordsOf(state)}</Badge> {reason !== undefined && wordsOf(reason)}
    </>
  );
}

/** No row if there is nothing to show. */
function row(name: string, text: string | undefined, show: (text: string) => ComponentChildren) {
  return text === undefined ? undefined : ([name, show(text)] as const);
}

const MOMENTS: Readonly<Record<Moment, string>> = {
  enqueued: 'Enqueued',
  attempted: 'First sent',
  corrected: 'Corrected',
  dead_letter: 'Dead letter',
  replayed: 'Replayed',
  due: 'Next attempt',
  delivered: 'Delivered',
  refused: 'Refused',
};
