/**
 * Before a replay or a discard: which letters are meant, what would become of them, and the last word.
 */
import type { ComponentChildren } from 'preact';
import type { LetterFilter } from '../../dead-letters/filter.js';
import type { OperationRecord } from '../../dead-letters/operation.js';
import type { Plan } from '../../dead-letters/plan.js';
import type { Difference } from '../diff.js';
import { filterFields } from '../filter-query.js';
import { plural } from '../format.js';
import type { PageContext } from '../page-context.js';
import { DifferenceTable } from './difference-table.js';
import { FilterWords } from './filter-words.js';
import { Hidden, Layout } from './layout.js';
import { LetterTable } from './letter-table.js';
import { Badge, Count, Empty, Notice, Time, type Tone } from './parts.js';

export interface ChangeProps {
  readonly page: PageContext;
  readonly account: string;
  /** Frozen: letters that arrive later are not meant. */
  readonly filter: LetterFilter;
  readonly plan: Plan;
  /** An operation of the account that is under way; another has to wait for it. */
  readonly running: OperationRecord | undefined;
  readonly faults: readonly string[];
}

export interface ReplayProps extends ChangeProps {
  /** As typed. */
  readonly typed: { readonly set: string; readonly rate: string; readonly max: string };
  /** What the corrections change in one of the letters; undefined without corrections. */
  readonly example: { readonly name: string; readonly rows: readonly Difference[] } | undefined;
}

export function ReplayPage(props: ReplayProps) {
  const { page, account, filter, plan, running, faults, typed, example } = props;
  const leaving = plan.count - plan.refused;
  const fields = <FilterFields filter={filter} />;
  return (
    <ChangeFrame {...props} title="Replay">
      <section class="card" aria-labelledby="corrections-title">
        <h2 id="corrections-title">Corrections on the way</h2>
        <form method="get" action={`/accounts/${account}/replay`} class="stack">
          {fields}
          <label for="set">
            One <code>path=value</code> a line; an empty value takes the field away
          </label>
          <textarea id="set" name="set" rows={3} spellcheck={false} placeholder="currencyCode=USD" autoComplete="off">
            {typed.set}
          </textarea>
          <div class="row">
            <button>Preview with these</button>
          </div>
        </form>
        {example && <DifferenceTable rows={example.rows} caption={`What changes in ${example.name}`} />}
        {plan.refusals.length > 0 && (
          <ul class="refusals">
            {plan.refusals.map(({ id, why }) => (
              <li key={id}>
                <code>{id}</code> stays: {why}
              </li>
            ))}
          </ul>
        )}
      </section>
      <form method="post" action={`/accounts/${account}/replay`} class="card stack">
        <Hidden page={page} />
        {fields}
        <input type="hidden" name="set" value={typed.set} />
        <label for="rate">Letters a second; empty for as fast as it goes</label>
        <input
          class="short"
          id="rate"
          name="rate"
          inputMode="numeric"
          pattern="[0-9]*"
          maxLength={6}
          value={typed.rate}
          autoComplete="off"
        />
        <label for="max">At most this many; empty for all</label>
        <input
          class="short"
          id="max"
          name="max"
          inputMode="numeric"
          pattern="[0-9]*"
          maxLength={9}
          value={typed.max}
          autoComplete="off"
        />
        <div class="row">
          <button class="primary" disabled={leaving <= 0 || running !== undefined || faults.length > 0}>
            Replay {plural(leaving, 'letter')}
          </button>
          <a class="button" href={`/accounts/${account}/letters`}>
            Leave them
          </a>
        </div>
      </form>
    </ChangeFrame>
  );
}

export interface DiscardProps extends ChangeProps {
  readonly because: string;
}

export function DiscardPage(props: DiscardProps) {
  const { page, account, filter, plan, running, faults, because } = props;
  return (
    <ChangeFrame {...props} title="Discard">
      <form method="post" action={`/accounts/${account}/discard`} class="card stack">
        <Hidden page={page} />
        <FilterFields filter={filter} />
        <input type="hidden" name="count" value={plan.count} />
        <label for="because">Why they are thrown away; it stands in the history</label>
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
          <button class="danger" disabled={plan.count === 0 || running !== undefined}>
            Discard {plural(plan.count, 'letter')} for good
          </button>
          <a class="button" href={`/accounts/${account}/letters`}>
            Leave them
          </a>
        </div>
      </form>
    </ChangeFrame>
  );
}

type FrameProps = ChangeProps & { readonly title: string; readonly children: ComponentChildren };

function ChangeFrame({ page, account, filter, plan, running, faults, title, children }: FrameProps) {
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
          . Wait for it or cancel it first.
        </Notice>
      )}
      <section class="card" aria-labelledby="plan">
        <h2 id="plan">Which, and what would become of them</h2>
        <p>
          <FilterWords filter={filter} nowMs={page.nowMs} />
        </p>
        <PlanFacts plan={plan} nowMs={page.nowMs} isReplay={title === 'Replay'} />
        {plan.count === 0 ? (
          <Empty title="No letter is meant: there is nothing to do." />
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
      [plan.pastAgeLimit, 'warn', 'past the age limit', 'Amazon takes them no more: they would end as expired'],
      [plan.refused, 'bad', 'stay', 'they could not be read, or the correction makes no sound event of them'],
    );
  }
  return (
    <>
      {plan.oldestMs !== undefined && plan.count > 0 && (
        <p>
          {plural(plan.count, 'letter')}, the oldest died <Time ms={plan.oldestMs} nowMs={nowMs} />.
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
