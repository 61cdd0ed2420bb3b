/** A filter in words, for previews, operations and the history. */
import type { ComponentChildren } from 'preact';
import type { LetterFilter } from '../../dead-letters/filter.js';
import { eventWords, plural, wordsOf } from '../format.js';
import { Time } from './parts.js';

const IDS_SHOWN = 3;

export function FilterWords({ filter, nowMs }: { filter: LetterFilter; nowMs: number }) {
  const { reasons, eventTypes, causes, sinceMs, untilMs, ids, text } = filter;
  const parts: ComponentChildren[] = [];
  if (ids) parts.push(<IdWords ids={ids} />);
  if (reasons) parts.push(<>reason {reasons.map(wordsOf).join(' or ')}</>);
  if (eventTypes) parts.push(<>type {eventTypes.map(eventWords).join(' or ')}</>);
  if (causes) parts.push(<>cause {causes.map((cause) => [<code key={cause}>{cause}</code>, ' '])}</>);
  if (text !== undefined) parts.push(<>text “{text}”</>);
  if (sinceMs !== undefined)
    parts.push(
      <>
        died since <Time ms={sinceMs} nowMs={nowMs} />
      </>,
    );
  if (untilMs !== undefined)
    parts.push(
      <>
        died until <Time ms={untilMs} nowMs={nowMs} />
      </>,
    );
  const isAll = !ids && !reasons && !eventTypes && !causes && text === undefined && sinceMs === undefined;
  return (
    <span class="filter-words">
      {isAll && 'all letters'}
      {parts.map((part, place) => (
        <span key={place}>{part}</span>
      ))}
    </span>
  );
}

function IdWords({ ids }: { ids: readonly string[] }) {
  if (ids.length > IDS_SHOWN) return <>{plural(ids.length, 'chosen letter')}</>;
  return <>{ids.map((id) => [<code key={id}>{id}</code>, ' '])}</>;
}
