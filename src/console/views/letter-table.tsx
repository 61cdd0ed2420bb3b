/**
 * Rows of dead letters. On a narrow screen each row becomes a card, with the column's name before each value.
 */

import { type DeadLetter, faultsOf } from '../../dead-letters/letter.js';
import { eventWords, moneyText } from '../format.js';
import type { PageContext } from '../page-context.js';
import { AnswerLine, Badge, LongId, Reason, Time } from './components.js';

export interface LetterPage {
  readonly letters: readonly DeadLetter[];
  /** Where the next page starts. Undefined on the last page. */
  readonly next: string | undefined;
  /** Whether earlier pages have newer letters. */
  readonly isLater: boolean;
}

interface TableProps {
  readonly page: PageContext;
  readonly account: string;
  readonly letters: LetterPage;
  readonly canChange: boolean;
  readonly caption?: string;
}

export function LetterTable({
  page,
  account,
  letters: { letters },
  canChange,
  caption = 'Dead letters, the newest first',
}: TableProps) {
  return (
    <table class="letters">
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {canChange && (
            <th scope="col" class="pick">
              <input id="choose-all" class="js-only" type="checkbox" aria-label="Choose all on this page" />
            </th>
          )}
          <th scope="col">Event</th>
          <th scope="col">Reason</th>
          <th scope="col">What Amazon said</th>
          <th scope="col" class="num">
            Attempts
          </th>
          <th scope="col">Failed</th>
        </tr>
      </thead>
      <tbody>
        {letters.map((letter) => (
          <LetterRow key={letter.id} letter={letter} account={account} canChange={canChange} nowMs={page.nowMs} />
        ))}
      </tbody>
    </table>
  );
}

function LetterRow({
  letter,
  account,
  canChange,
  nowMs,
}: {
  letter: DeadLetter;
  account: string;
  canChange: boolean;
  nowMs: number;
}) {
  const { id, event, reason, answer, attempts, replays, diedAt, isMaybeDelivered } = letter;
  const name = event?.clientDedupeId ?? id;
  return (
    <tr>
      {canChange && (
        <td class="pick">
          <input id={`choose-${id}`} type="checkbox" name="id" value={id} aria-label={`Choose ${name}`} hx-preserve />
        </td>
      )}
      <th scope="row">
        <a id={`letter-${id}`} href={`/accounts/${account}/letters/${encodeURIComponent(id)}`}>
          <LongId text={name} />
        </a>
        <small>{event ? summaryOf(event) : 'could not be read'}</small>
      </th>
      <td data-label="Reason" class="tags full">
        <Reason reason={reason} />
        {isMaybeDelivered && (
          <Badge tone="warn" title="A send ended without an answer: Amazon may have counted the event.">
            maybe delivered
          </Badge>
        )}
        {replays > 0 && <Badge tone="plain">{`replayed ${replays}×`}</Badge>}
        {letter.original && <Badge tone="plain">corrected</Badge>}
        {event && faultsOf(event).length > 0 && (
          <Badge tone="bad" title="The event breaks a rule: correct or discard it.">
            broken
          </Badge>
        )}
      </td>
      <td data-label="What Amazon said" class="full">
        <AnswerLine reason={reason} {...answer} />
      </td>
      <td data-label="Attempts" class="num">
        {attempts}
      </td>
      <td data-label="Failed">
        <Time ms={diedAt} nowMs={nowMs} />
      </td>
    </tr>
  );
}

function summaryOf({ eventType, countryCode, value, currencyCode }: NonNullable<DeadLetter['event']>): string {
  const money = value === undefined ? [] : [moneyText(value, currencyCode)];
  return [eventWords(eventType), countryCode, ...money].join(' · ');
}
