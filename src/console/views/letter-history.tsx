/**
 * A letter's history: everything that happened to the event since it arrived, oldest first.
 */
import type { ComponentChildren } from 'preact';
import type { DeadLetter } from '../../dead-letters/letter.js';
import { plural } from '../format.js';
import { AnswerLine, Reason, Section, Time } from './parts.js';

type Life = NonNullable<DeadLetter['history']>[number];

export function LetterHistory({ letter, nowMs }: { letter: DeadLetter; nowMs: number }) {
  const { history = [], replays } = letter;
  const lives: readonly Life[] = [...history, letter];
  const missing = replays - history.length;
  return (
    <Section id="deaths" title="History">
      <ol class="timeline">
        {missing > 0 && <li class="faint">{plural(missing, 'earlier replay')}, not kept</li>}
        {lives.map((life, place) => (
          <LifeSteps
            key={life.diedAt}
            life={life}
            before={lives[place - 1]}
            isFirst={missing <= 0 && place === 0}
            nowMs={nowMs}
          />
        ))}
      </ol>
    </Section>
  );
}

function LifeSteps({ life, before, isFirst, nowMs }: LifeProps) {
  return (
    <>
      <Beginning life={life} before={before} isFirst={isFirst} nowMs={nowMs} />
      <li>
        <Reason reason={life.reason} /> <Time ms={life.diedAt} nowMs={nowMs} /> after {plural(life.attempts, 'attempt')}
        <br />
        <AnswerLine reason={life.reason} {...life.answer} />
      </li>
      {(life.edits ?? []).map(({ at, by }) => (
        <li key={at}>
          Edited <Time ms={at} nowMs={nowMs} /> by {by}
        </li>
      ))}
    </>
  );
}

interface LifeProps {
  readonly life: Life;
  readonly before: Life | undefined;
  /** True for the event's first life, false for one that a replay started. */
  readonly isFirst: boolean;
  readonly nowMs: number;
}

/** How a life started. Letters of earlier versions lack some of this. */
function Beginning({ life: { enqueuedAt, firstAttemptAt }, before, isFirst, nowMs }: LifeProps): ComponentChildren {
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
