/**
 * One dead letter in full: the event, each answer of Amazon, each edit by a person, and what a replay would send.
 */
import { type DeadLetter, faultsOf } from '../../dead-letters/letter.js';
import type { ConversionEvent } from '../../mapping/event.js';
import { differences } from '../diff.js';
import { plural } from '../format.js';
import type { PageContext } from '../page-context.js';
import type { WirePreview } from '../wire-preview.js';
import { Badge, Copy, Facts, LongId, Notice, Reason, Section, Time } from './components.js';
import { DifferenceTable } from './difference-table.js';
import { EventSection } from './event-section.js';
import { Layout, Live } from './layout.js';
import { LetterHistory } from './letter-history.js';

export interface LetterProps {
  readonly page: PageContext;
  readonly account: string;
  readonly letter: DeadLetter;
  readonly wire: WirePreview | undefined;
  readonly isPastAgeLimit: boolean;
  readonly notice?: string | undefined;
}

export function LetterPage({ page, account, letter, wire, isPastAgeLimit, notice }: LetterProps) {
  const { event } = letter;
  const name = event?.clientDedupeId ?? letter.id;
  const faults = event ? faultsOf(event) : [];
  return (
    <Layout page={page} title={`Dead letter ${name}`} section="letters" account={account}>
      <p class="crumbs">
        <a href={`/accounts/${account}/letters`}>Dead letters</a>
      </p>
      <header class="letter-head">
        <h1>
          <LongId text={name} />
        </h1>
        <p class="tags">
          <Reason reason={letter.reason} />
          {letter.isMaybeDelivered && <Badge tone="warn">maybe delivered</Badge>}
          {letter.original && <Badge tone="plain">corrected</Badge>}
        </p>
        {page.user?.role === 'operator' && <Actions account={account} letter={letter} />}
      </header>
      {notice !== undefined && (
        <p class="notice good" role="status">
          {notice}
        </p>
      )}
      {faults.length > 0 && (
        <Notice tone="bad">
          The event breaks a rule: {faults.map(({ path, message }) => `${path} ${message}`).join('; ')}. Correct it, or
          discard it.
        </Notice>
      )}
      {isPastAgeLimit && (
        <Notice tone="warn">
          The event is past Amazon’s age limit: a replay would end as <em>expired</em>.
        </Notice>
      )}
      {letter.isMaybeDelivered && (
        <Notice tone="warn">
          A send ended without an answer, so Amazon may have counted this event. A replay carries the same id, which
          Amazon counts once.
        </Notice>
      )}
      <Live page={page} id="presence" seconds={5}>
        <p class="note">
          Still a dead letter, looked <Time ms={page.nowMs} nowMs={page.nowMs} />.
        </p>
      </Live>
      <div class="columns">
        <div class="stacked">
          <AnswerSection letter={letter} />
          <LetterHistory letter={letter} nowMs={page.nowMs} />
        </div>
        {event ? <EventSection event={event} nowMs={page.nowMs} /> : <Unreadable />}
        {event && letter.original && <Corrections original={letter.original} event={event} />}
        {wire && <WireSection wire={wire} />}
      </div>
    </Layout>
  );
}

export function GonePage({ page, account, id }: { page: PageContext; account: string; id: string }) {
  return (
    <Layout
      page={page}
      title="Not a dead letter"
      section="letters"
      account={account}
      status="Not a dead letter any more"
    >
      <div class="narrow card">
        <h1>Not a dead letter any more</h1>
        <div id="presence">
          <p>
            <code>{id}</code> was replayed or discarded, or never was here. What was done stands in the{' '}
            <a href={`/accounts/${account}/history`}>history</a>.
          </p>
        </div>
        <p>
          <a href={`/accounts/${account}/letters`}>Back to the dead letters</a>
        </p>
      </div>
    </Layout>
  );
}

function Actions({ account, letter }: { account: string; letter: DeadLetter }) {
  const query = `?id=${encodeURIComponent(letter.id)}`;
  return (
    <nav class="row" aria-label="Actions">
      {letter.event && (
        <>
          <a class="button primary" href={`/accounts/${account}/replay${query}`}>
            Replay…
          </a>
          <a class="button" href={`/accounts/${account}/letters/${encodeURIComponent(letter.id)}/edit`}>
            Edit…
          </a>
        </>
      )}
      <a class="button" href={`/accounts/${account}/discard${query}`}>
        Discard…
      </a>
    </nav>
  );
}

function AnswerSection({ letter: { answer, attempts, source, id } }: { letter: DeadLetter }) {
  return (
    <Section id="answer" title="What Amazon said">
      <Facts
        rows={[
          ['Message', answer.message ?? <span class="faint">none</span>],
          answer.code === undefined ? undefined : ['Code', <code>{answer.code}</code>],
          answer.status === undefined ? undefined : ['Status', <code>{answer.status}</code>],
          answer.requestId === undefined
            ? undefined
            : [
                'Request id',
                <>
                  <code>{answer.requestId}</code>
                  <Copy text={answer.requestId} what="the request id" />
                </>,
              ],
          ['Attempts', attempts],
          ['Source', source],
          [
            'Letter',
            <>
              <code>{id}</code>
              <Copy text={id} what="the letter’s id" />
            </>,
          ],
        ]}
      />
    </Section>
  );
}

function Unreadable() {
  return (
    <Section id="event" title="Event">
      <Notice tone="bad">
        This could not be read as an event, so it cannot be replayed. It is kept as it lay in the queue and not shown,
        since nobody knows what is in it.
      </Notice>
    </Section>
  );
}

function Corrections({ original, event }: { original: ConversionEvent; event: ConversionEvent }) {
  const changed = differences(original, event);
  return (
    <Section id="corrections" title="Corrections" isWide>
      <DifferenceTable
        rows={changed}
        caption={`${plural(changed.length, 'field')} changed since the event first came`}
      />
    </Section>
  );
}

function WireSection({ wire }: { wire: WirePreview }) {
  return (
    <Section id="wire" title="What a replay would send" isWide>
      <p class="note">
        <code>
          {wire.method} {wire.path}
        </code>{' '}
        on wire {wire.name}, {plural(wire.bytes, 'byte')}; together with others of its batch.{' '}
        {wire.isMasked && 'The IP address is shown masked; it is sent whole. '}
        <Copy text={wire.compact} what="the body on one line" />
      </p>
      <pre tabIndex={0} aria-label="Request body">
        <code>{wire.pretty}</code>
      </pre>
    </Section>
  );
}
