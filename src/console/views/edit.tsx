/**
 * Edits one event: its JSON and its faults, before anything is saved or sent.
 */

import type { DeadLetter } from '../../dead-letters/letter.js';
import type { Issue } from '../../mapping/refusal.js';
import type { Difference } from '../diff.js';
import { plural } from '../format.js';
import type { PageContext } from '../page-context.js';
import { AnswerLine, Notice } from './components.js';
import { DifferenceTable } from './difference-table.js';
import { Hidden, Layout } from './layout.js';

export interface EditProps {
  readonly page: PageContext;
  readonly account: string;
  readonly letter: DeadLetter;
  /** As typed. */
  readonly text: string;
  /** Identifies the event that the text was made from. */
  readonly version: string;
  readonly issues: readonly Issue[];
  /** What would change. Set if the text was checked and is valid. */
  readonly checked?: readonly Difference[] | undefined;
}

export function EditPage({ page, account, letter, text, version, issues, checked }: EditProps) {
  const name = letter.event?.clientDedupeId ?? letter.id;
  const link = `/accounts/${account}/letters/${encodeURIComponent(letter.id)}`;
  return (
    <Layout
      page={page}
      title={`Edit ${name}`}
      section="letters"
      account={account}
      status={issues.length > 0 ? plural(issues.length, 'fault') : undefined}
    >
      <p class="crumbs">
        <a href={`/accounts/${account}/letters`}>Dead letters</a> <a href={link}>{name}</a>
      </p>
      <h1>Edit event</h1>
      <Notice tone="plain">
        Amazon said: <AnswerLine reason={letter.reason} {...letter.answer} />
      </Notice>
      {issues.length > 0 && <Faults issues={issues} />}
      {checked && <Verdict checked={checked} />}
      <EditForm page={page} link={link} text={text} version={version} isFaulty={issues.length > 0} />
    </Layout>
  );
}

function Faults({ issues }: { issues: readonly Issue[] }) {
  return (
    <div id="faults" class="notice bad" role="alert">
      <p class="strong">{plural(issues.length, 'fault')}: nothing was saved or sent.</p>
      <ul>
        {issues.map(({ path, message }) => (
          <li key={`${path} ${message}`}>
            {path !== '' && <code>{path}</code>} {message}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Verdict({ checked }: { checked: readonly Difference[] }) {
  return (
    <div class="notice good" role="status">
      {checked.length === 0 ? (
        <p>The event is in order. Nothing would change.</p>
      ) : (
        <>
          <p>The event is in order. This would change; nothing is saved yet.</p>
          <DifferenceTable rows={checked} caption={plural(checked.length, 'field')} />
        </>
      )}
    </div>
  );
}

interface EditFormProps extends Pick<EditProps, 'page' | 'text' | 'version'> {
  readonly link: string;
  readonly isFaulty: boolean;
}

function EditForm({ page, link, text, version, isFaulty }: EditFormProps) {
  const rows = Math.min(40, Math.max(12, text.split('\n').length + 1));
  return (
    <form method="post" action={`${link}/edit`} class="stack">
      <Hidden page={page} />
      <input type="hidden" name="version" value={version} />
      <label for="event">Event as JSON</label>
      <textarea
        id="event"
        name="event"
        rows={rows}
        spellcheck={false}
        autoComplete="off"
        autoCapitalize="off"
        aria-invalid={isFaulty ? true : undefined}
        aria-describedby={isFaulty ? 'faults edit-help' : 'edit-help'}
      >
        {text}
      </textarea>
      <p id="edit-help" class="note">
        Match keys may be typed raw or as SHA-256: raw ones are hashed before anything is kept. The event as it first
        came is kept beside the corrected one.
      </p>
      <div class="row">
        <button name="then" value="save" class="primary">
          Save
        </button>
        <button name="then" value="replay">
          Save and replay
        </button>
        <button name="then" value="check">
          Check only
        </button>
        <a class="button" href={link}>
          Leave as it is
        </a>
      </div>
    </form>
  );
}
