/**
 * A letter's history: everything that happened to the event since it arrived, oldest first.
 */
import type { ComponentChildren } from 'preact';
import type { DeadLetter } from '../../dead-letters/letter.js';
import { plural } from '../format.js';
import { AnswerLine, Reason, Section, Time } from './components.js';

type Failure = NonNullable<DeadLetter['history']>[number];

export function LetterHistory({ letter, nowMs }: { letter: DeadLetter; nowMs: number }) {
  const { history = [], replays } = letter;
  const failures: readonly Failure[] = [...history, letter];
  const missing = replays - history.length;
  return (
    <Section id="failures" title="History">
      <ol class="timeline">
        {missing > 0 && <li class="faint">{plural(missing, 'earlier replay')}, not kept</li>}
        {failures.map((failure, place) => (
          <FailureSteps
            key={failure.diedAt}
            failure={failure}
            before={failures[place - 1]}
            isFirst={missing <= 0 && place === 0}
            nowMs={nowMs}
          />
        ))}
      </ol>
    </Section>
  );
}

function FailureSteps({ failure, before, isFirst, nowMs }: FailureProps) {
  return (
    <>
      <Beginning failure={failure} before={before} isFirst={isFirst} nowMs={nowMs} />
      <li>
        <Reason reason={failure.reason} /> <Time ms={failure.diedAt} nowMs={nowMs} /> after{' '}
        {plural(failure.attempts, 'attempt')}
        <br />
        <AnswerLine reason={failure.reason} {...failure.answer} />
      </li>
      {(failure.edits ?? []).map(({ at, by }) => (
        <li key={at}>
          Edited <Time ms={at} nowMs={nowMs} /> by {by}
        </li>
      ))}
    </>
  );
}

interface FailureProps {
  readonly failure: Failure;
  readonly before: Failure | undefined;
  /** True for the event's first failure, false for one that a replay started. */
  readonly isFirst: boolean;
  readonly nowMs: number;
}

/** How a failure started. Letters of earlier versions lack some of this. */
function Beginning({
  failure: { enqueuedAt, firstAttemptAt },
  before,
  isFirst,
  nowMs,
}: FailureProps): ComponentChildren {
  const replay = before?.replay;
  const at = replay?.at ?? enqueuedAt;
  if (at === undefined) return null;
  const { corrections = [] } = replay ?? {};
  return (
    <li>
      {isFirst ? 'Enqueued' : 'Replayed'} <Time ms={at} nowMs={nowMs} />
      {replay && <> by {replay.by}</>}
      {corrections.length > 0 && (
        <>
          {' '}
          with <code>{corrections.join(' ')}</code>
        </>
      )}
      {firstAttemptAt !== undefined && (
        <>
          , first sent <Time ms={firstAttemptAt} nowMs={nowMs} />
        </>
      )}
    </li>
  );
}
