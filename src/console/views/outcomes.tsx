/** The outcomes of the events that a replay sent back. Each number links to its events. */
import { type OperationRecord, outcomesOf } from '../../dead-letters/operations/operation.js';
import type { ListedOutcome } from '../../dead-letters/operations/operation-store.js';
import { diedAgainFilter } from '../../dead-letters/operations/replay-job.js';
import { filterQuery } from '../filter-query.js';
import { countText } from '../format.js';
import { Badge, type Tone } from './components.js';

const WORDS: Readonly<Record<ListedOutcome, readonly [tone: Tone, words: string]>> = {
  delivered: ['good', 'delivered'],
  duplicate: ['plain', 'duplicate'],
  diedAgain: ['bad', 'failed again'],
  inFlight: ['warn', 'in flight'],
};
const LISTED: readonly ListedOutcome[] = ['delivered', 'duplicate', 'diedAgain', 'inFlight'];

export function outcomeWords(outcome: ListedOutcome): string {
  return WORDS[outcome][1];
}

export function readOutcome(text: string): ListedOutcome | undefined {
  return LISTED.find((name) => name === text);
}

export function Outcomes({ operation, account }: { operation: OperationRecord; account: string }) {
  const outcomes = outcomesOf(operation);
  if (!outcomes) return null;
  return (
    <ul class="outcomes">
      {LISTED.map((outcome) => (
        <Outcome
          key={outcome}
          outcome={outcome}
          count={outcomes[outcome]}
          href={hrefOf(account, operation.id, outcome)}
          id={`${outcome}-${operation.id}`}
        />
      ))}
      {outcomes.erased > 0 && (
        <li>
          <Badge tone="plain">{countText(outcomes.erased)} erased</Badge>
        </li>
      )}
    </ul>
  );
}

interface OutcomeProps {
  readonly outcome: ListedOutcome;
  readonly count: number;
  readonly href: string;
  readonly id: string;
}

function Outcome({ outcome, count, href, id }: OutcomeProps) {
  if (count === 0) return null;
  const [tone, words] = WORDS[outcome];
  return (
    <li>
      <a id={id} class={`badge ${tone}`} href={href}>
        {countText(count)} {words}
      </a>
    </li>
  );
}

/** Letters that failed again are shown in the list of letters: with their answers, and ready for another replay. */
function hrefOf(account: string, id: string, outcome: ListedOutcome): string {
  if (outcome !== 'diedAgain') return `/accounts/${account}/operations/${id}?outcome=${outcome}`;
  return `/accounts/${account}/letters${filterQuery({ filter: diedAgainFilter(id), since: '', until: '' })}`;
}
