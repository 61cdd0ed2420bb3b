/** A filter in words, for previews, operations and the history. */
import type { ComponentChildren } from 'preact';
import type { LetterFilter } from '../../dead-letters/filter.js';
import { type Correction, correctionText } from '../../dead-letters/operations/edit.js';
import { operationOfText } from '../../dead-letters/operations/replay-job.js';
import { eventWords, plural, wordsOf } from '../format.js';
import { Time } from './components.js';

const IDS_SHOWN = 3;

interface FilterWordsProps {
  readonly filter: LetterFilter;
  /** Amazon's messages, by the ids of causes. */
  readonly causeWords?: Readonly<Record<string, string>> | undefined;
  readonly nowMs: number;
}

export function FilterWords({ filter, causeWords = {}, nowMs }: FilterWordsProps) {
  const { reasons, eventTypes, causes, sinceMs, untilMs, ids, text } = filter;
  const isAll = !ids && !reasons && !eventTypes && !causes && text === undefined && sinceMs === undefined;
  const parts: ComponentChildren[] = isAll ? ['all letters'] : [];
  if (ids) parts.push(<IdWords ids={ids} />);
  if (reasons) parts.push(<>reason {reasons.map(wordsOf).join(' or ')}</>);
  if (eventTypes) parts.push(<>type {eventTypes.map(eventWords).join(' or ')}</>);
  for (const cause of causes ?? []) {
    const words = causeWords[cause];
    parts.push(
      words === undefined ? (
        <>
          cause <code>{cause}</code>
        </>
      ) : (
        <>“{words}”</>
      ),
    );
  }
  if (text !== undefined) parts.push(<TextWords text={text} />);
  if (sinceMs !== undefined)
    parts.push(
      <>
        failed since <Time ms={sinceMs} nowMs={nowMs} />
      </>,
    );
  if (untilMs !== undefined)
    parts.push(
      <>
        failed until <Time ms={untilMs} nowMs={nowMs} />
      </>,
    );
  return (
    <span class="filter-words">
      {parts.map((part, place) => (
        <span key={place}>{part}</span>
      ))}
    </span>
  );
}

/** A replay's corrections, as they were typed. */
export function CorrectionWords({ corrections }: { corrections: readonly Correction[] }) {
  if (corrections.length === 0) return null;
  return (
    <span class="corrections">
      {corrections.map((correction, place) => [<code key={place}>{correctionText(correction)}</code>, ' '])}
    </span>
  );
}

function TextWords({ text }: { text: string }) {
  const operation = operationOfText(text);
  return operation === undefined ? (
    <>text “{text}”</>
  ) : (
    <>
      failed again after replay <code>{operation}</code>
    </>
  );
}

function IdWords({ ids }: { ids: readonly string[] }) {
  if (ids.length === 0) return <>no letter</>;
  if (ids.length > IDS_SHOWN) return <>{plural(ids.length, 'chosen letter')}</>;
  return <>{ids.map((id) => [<code key={id}>{id}</code>, ' '])}</>;
}
