/**
 * Small components that many pages use.
 */
import type { ComponentChildren } from 'preact';
import type { Cause } from '../../dead-letters/stats.js';
import type { DeadReason } from '../../mapping/outcome.js';
import { countText, isTime, relativeText, shortCountText, shortHash, utcText, wordsOf } from '../format.js';

/** A time: its age as text, the exact time as title. */
export function Time({ ms, nowMs }: { ms: number; nowMs: number }) {
  // A value that could not be read has no time.
  if (!isTime(ms)) return <span class="faint">unknown</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={utcText(ms)}>
      {relativeText(ms, nowMs)}
    </time>
  );
}

export function Count({ value, isShort = false }: { value: number; isShort?: boolean }) {
  return (
    <data class="num" value={value} title={countText(value)}>
      {isShort ? shortCountText(value) : countText(value)}
    </data>
  );
}

/** Reasons by what an operator can do: correct the event, correct the account, or stop waiting. */
const REASON_TONES: Readonly<Record<DeadReason, 'bad' | 'warn' | 'plain'>> = {
  rejected: 'bad',
  rejected_batch: 'bad',
  forbidden: 'bad',
  too_large: 'bad',
  expired: 'plain',
  attempts_exhausted: 'warn',
  unreadable: 'bad',
};

export function Reason({ reason }: { reason: DeadReason }) {
  return <Badge tone={REASON_TONES[reason]}>{wordsOf(reason)}</Badge>;
}

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

export function Badge({ tone, title, children }: { tone: Tone; title?: string; children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`} title={title}>
      {children}
    </span>
  );
}

export function Notice({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <div class={`notice ${tone}`}>{children}</div>;
}

/** Longer words may be broken, so that a narrow screen does not scroll. */
const WORD_MAX = 16;

/** A long id: lines break after its colons, not inside a word. */
export function LongId({ text }: { text: string }) {
  const parts = text.split(/(?<=[:/])/);
  return (
    <>
      {parts.map((part, place) => (
        <span key={`${place} ${part}`} class={part.length <= WORD_MAX ? 'whole' : undefined}>
          {part}
          {place < parts.length - 1 && <wbr />}
        </span>
      ))}
    </>
  );
}

/** A digest, shortened on screen, complete when copied. */
export function Hash({ value }: { value: string }) {
  return (
    <span class="hash">
      <code title={value}>{shortHash(value)}</code>
      <Copy text={value} what="the whole digest" />
    </span>
  );
}

export function Copy({ text, what }: { text: string; what: string }) {
  return (
    <button class="copy js-only" type="button" data-copy={text} aria-label={`Copy ${what}`} title={`Copy ${what}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" fill="none" stroke="currentColor" />
        <path d="M10.5 3.5v-1h-8v8h1" fill="none" stroke="currentColor" />
      </svg>
    </button>
  );
}

/** Pairs of a name and a value. */
export function Facts({ rows }: { rows: readonly (readonly [name: string, value: ComponentChildren] | undefined)[] }) {
  return (
    <dl class="facts">
      {rows.map(
        (row) =>
          row && (
            <div key={row[0]}>
              <dt>{row[0]}</dt>
              <dd>{row[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="strong">{title}</p>
      {children}
    </div>
  );
}

/** Shown if Amazon gave no answer. */
const UNANSWERED: Readonly<Record<DeadReason, string>> = {
  rejected: 'refused without a reason',
  rejected_batch: 'refused without a reason',
  forbidden: 'refused without a reason',
  too_large: 'too large to be sent',
  expired: 'too old by the time it was to be sent',
  attempts_exhausted: 'no answer came',
  unreadable: 'the queued event could not be read',
};

/** Amazon's answer in one line. */
export function AnswerLine({ reason, code, status, message }: AnswerLineProps) {
  const head = code ?? (status === undefined ? undefined : String(status));
  return (
    <span class="answer">
      {head !== undefined && <code>{head}</code>}{' '}
      {message ?? (head === undefined && <span class="faint">{UNANSWERED[reason]}</span>)}
    </span>
  );
}

interface AnswerLineProps {
  readonly reason: DeadReason;
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  readonly message?: string | undefined;
}

/** A cause is an answer without the parts that differ between answers. */
export function CauseLine({ cause: { reason, code, pattern } }: { cause: Cause }) {
  return <AnswerLine reason={reason} code={code === '-' ? undefined : code} message={pattern || undefined} />;
}

/** A card with a title. */
export function Section({
  id,
  title,
  isWide,
  children,
}: {
  id: string;
  title: ComponentChildren;
  isWide?: boolean;
  children: ComponentChildren;
}) {
  return (
    <section class={isWide ? 'card wide' : 'card'} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
