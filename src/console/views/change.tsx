/**
 * The preview of a replay or discard: which letters are selected, what would happen to them, and the confirmation.
 */
import type { ComponentChildren } from 'preact';
import type { LetterFilter } from '../../dead-letters/filter.js';
import type { OperationRecord } from '../../dead-letters/operations/operation.js';
import type { Plan } from '../../dead-letters/operations/plan.js';
import type { Difference } from '../diff.js';
import { filterFields } from '../filter-query.js';
import { plural } from '../format.js';
import type { PageContext } from '../page-context.js';
import { Badge, Count, Empty, Notice, Time, type Tone } from './components.js';
import { DifferenceTable } from './difference-table.js';
import { FilterWords } from './filter-words.js';
import { Hidden, Layout } from './layout.js';
import { LetterTable } from './letter-table.js';

export interface ChangeProps {
  readonly page: PageContext;
  readonly account: string;
  /** Frozen: letters that arrive later are not included. */
  readonly filter: LetterFilter;
  /** Amazon's messages, by the ids of the filter's causes. */
  readonly causeWords: Readonly<Record<string, string>>;
  readonly plan: Plan;
  /** A running operation of the account, shown to whoever starts another. */
  readonly running: OperationRecord | undefined;
  readonly faults: readonly string[];
}

export interface ReplayProps extends ChangeProps {
  /** As typed. */
  readonly typed: { readonly set: string; readonly rate: string; readonly max: string };
  /** What the corrections change in one of the letters. Undefined without corrections. */
  readonly example: { readonly name: string; readonly rows: readonly Difference[] } | undefined;
}

/** One form: the typed values are previewed and then applied. Enter previews. */
export function ReplayPage(props: ReplayProps) {
  const { page, account, filter, plan, faults, typed, example } = props;
  const able = plan.count - plan.refused;
  const most = Number(typed.max) || able;
  const leaving = Math.min(most, able);
  return (
    <ChangeFrame {...props} title="Replay">
      <form method="post" action={`/accounts/${account}/replay`} class="card stack">
        <Hidden page={page} />
        <FilterFields filter={filter} />
        <h2>Corrections</h2>
        <label for="set">
          One <code>path=value</code> a line, an empty value takes the field away; or a JSON object of fields to set
        </label>
        <textarea
          id="set"
          name="set"
          rows={3}
          spellcheck={false}
          placeholder="currencyCode=USD"
          autoComplete="off"
          aria-describedby={faults.length > 0 ? 'faults' : undefined}
        >
          {typed.set}
        </textarea>
        {example && <DifferenceTable rows={example.rows} caption={`What changes in ${example.name}`} />}
        <Refusals plan={plan} />
        <h2>Pace</h2>
        <label for="rate">Letters per second; empty for no limit</label>
        <NumberField name="rate" value={typed.rate} />
        <label for="max">At most this many; empty for all</label>
        <NumberField name="max" value={typed.max} />
        <div class="row">
          <button name="then" value="preview">
            Preview again
          </button>
          <button class="primary" name="then" value="replay" disabled={leaving <= 0} data-able={able}>
            Replay {plural(leaving, 'letter')}
          </button>
          <a class="button" href={`/accounts/${account}/letters`}>
            Cancel
          </a>
        </div>
      </form>
    </ChangeFrame>
  );
}

function NumberField({ name, value }: { name: string; value: string }) {
  return (
    <input
      class="short"
      id={name}
      name={name}
      inputMode="numeric"
      pattern="[0-9]*"
      maxLength={9}
      value={value}
      autoComplete="off"
    />
  );
}

/** Why letters stay, for the first of them. */
function Refusals({ plan: { refusals } }: { plan: Plan }) {
  if (refusals.length === 0) return null;
  return (
    <ul class="refusals">
      {refusals.map(({ id, why }) => (
        <li key={id}>
          <code>{id}</code> stays: {why}
        </li>
      ))}
    </ul>
  );
}

export interface DiscardProps extends ChangeProps {
  readonly because: string;
}

export function DiscardPage(props: DiscardProps) {
  const { page, account, filter, plan, faults, because } = props;
  return (
    <ChangeFrame {...props} title="Discard">
      <form method="post" action={`/accounts/${account}/discard`} class="card stack">
        <Hidden page={page} />
        <FilterFields filter={filter} />
        <input type="hidden" name="count" value={plan.count} />
        <label for="because">Reason for discarding, kept in the history</label>
        <input id="because" name="because" required maxLength={500} value={because} autoComplete="off" />
        <label for="confirm">
          Type <strong>{plan.count}</strong> to confirm
        </label>
        <input
          class="short"
          id="confirm"
          name="confirm"
          inputMode="numeric"
          required
          autoComplete="off"
          aria-describedby={faults.length > 0 ? 'faults' : undefined}
        />
        <div class="row">
          <button class="danger" disabled={plan.count === 0}>
            Discard {plural(plan.count, 'letter')} for good
          </button>
          <a class="button" href={`/accounts/${account}/letters`}>
            Cancel
          </a>
        </div>
      </form>
    </ChangeFrame>
  );
}

type FrameProps = ChangeProps & { readonly title: string; readonly children: ComponentChildren };

function ChangeFrame({ page, account, filter, causeWords, plan, running, faults, title, children }: FrameProps) {
  return (
    <Layout
      page={page}
      title={`${title} dead letters`}
      section="letters"
      account={account}
      status={plural(plan.count, 'letter')}
    >
      <p class="crumbs">
        <a href={`/accounts/${account}/letters`}>Dead letters</a>
      </p>
      <h1>
        {title} {plural(plan.count, 'dead letter')}
      </h1>
      {faults.length > 0 && (
        <div id="faults" class="notice bad" role="alert">
          <ul>
            {faults.map((fault) => (
              <li key={fault}>{fault}</li>
            ))}
          </ul>
        </div>
      )}
      {running && (
        <Notice tone="warn">
          Another operation of this account is under way: <a href={`/accounts/${account}/operations`}>{running.kind}</a>
          . A letter that both select moves once, with whichever comes first.
        </Notice>
      )}
      <section class="card" aria-labelledby="plan">
        <h2 id="plan">Preview</h2>
        <p>
          <FilterWords filter={filter} causeWords={causeWords} nowMs={page.nowMs} />
        </p>
        <PlanFacts plan={plan} nowMs={page.nowMs} isReplay={title === 'Replay'} />
        {plan.count === 0 ? (
          <Empty title="No letter matches: there is nothing to do." />
        ) : (
          <LetterTable
            page={page}
            account={account}
            letters={{ letters: plan.samples, next: undefined, isLater: false }}
            canChange={false}
            caption="Some of them"
          />
        )}
      </section>
      {children}
    </Layout>
  );
}

function PlanFacts({ plan, nowMs, isReplay }: { plan: Plan; nowMs: number; isReplay: boolean }) {
  const of = plan.lookedAt < plan.count ? `, of the first ${plural(plan.lookedAt, 'letter')}` : '';
  const lines: [count: number, tone: Tone, what: string, meaning: string][] = [
    [
      plan.maybeDelivered,
      'warn',
      'maybe delivered',
      'Amazon may have counted them; sent again under the same id they count once',
    ],
  ];
  if (isReplay) {
    lines.push(
      [
        plan.deliveredSince,
        'warn',
        'delivered since',
        'their ids were delivered inside the window: they would end as duplicates',
      ],
      [plan.pastAgeLimit, 'warn', 'past the age limit', 'Amazon no longer accepts them: they would expire'],
      [plan.refused, 'bad', 'stay', 'they are unreadable, or invalid after the correction'],
    );
  }
  return (
    <>
      {plan.oldestMs !== undefined && plan.count > 0 && (
        <p>
          {plural(plan.count, 'letter')}, the oldest failed <Time ms={plan.oldestMs} nowMs={nowMs} />.
        </p>
      )}
      <ul class="consequences">
        {lines.map(
          ([count, tone, what, meaning]) =>
            count > 0 && (
              <li key={what}>
                <Badge tone={tone}>
                  <Count value={count} /> {what}
                </Badge>{' '}
                {meaning}
                {of}
              </li>
            ),
        )}
      </ul>
    </>
  );
}

function FilterFields({ filter }: { filter: LetterFilter }) {
  return (
    <>
      <input type="hidden" name="scope" value={filter.ids ? 'ids' : 'all'} />
      {filterFields(filter).map(([name, value]) => (
        <input key={`${name} ${value}`} type="hidden" name={name === 'id' ? name : `in-${name}`} value={value} />
      ))}
    </>
  );
}
