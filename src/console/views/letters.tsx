/**
 * The list of dead letters: filters, causes, rows to select, and the actions.
 */

import type { Cause } from '../../dead-letters/stats.js';
import { type FilterForm, filterFields, filterQuery } from '../filter-query.js';
import { countText, plural } from '../format.js';
import type { PageContext } from '../page-context.js';
import { CausePanel } from './cause-panel.js';
import { Count, Empty } from './components.js';
import { FilterPanel } from './filter-panel.js';
import { Layout, Live } from './layout.js';
import { type LetterPage, LetterTable } from './letter-table.js';

export interface LettersProps {
  readonly page: PageContext;
  readonly account: string;
  readonly form: FilterForm;
  readonly causes: readonly Cause[];
  readonly count: number;
  readonly letters: LetterPage;
  readonly notice?: string | undefined;
}

export function LettersPage(props: LettersProps) {
  const { page, account, form, count, causes } = props;
  const isFiltered = filterFields(form.filter).length > 0 || form.faults.length > 0;
  const matching = `${plural(count, 'letter')}${isFiltered ? ' that match' : ''}`;
  return (
    <Layout page={page} title="Dead letters" section="letters" account={account} status={matching}>
      <h1>
        Dead letters <small>{account}</small>
      </h1>
      <div class="with-aside">
        <aside aria-label="Filters">
          <FilterPanel account={account} form={form} isFiltered={isFiltered} />
        </aside>
        <div>
          {form.faults.length > 0 && (
            <p class="notice bad" role="alert">
              Invalid filter. Please correct it:{' '}
              {form.faults.map(({ field, message }) => `${field} ${message}`).join('; ')}.
            </p>
          )}
          {props.notice !== undefined && (
            <p class="notice warn" role="alert">
              {props.notice}
            </p>
          )}
          <form method="get" action={`/accounts/${account}/replay`} id="choice">
            {filterFields(form.filter)
              .filter(([name]) => name !== 'id')
              .map(([name, value]) => (
                <input key={`${name} ${value}`} type="hidden" name={`in-${name}`} value={value} />
              ))}
            <Live page={page} id="letters" seconds={secondsOf(form)}>
              <p class="count">
                <Count value={count} /> {matching.replace(countText(count), '').trim()}
              </p>
              <CausePanel account={account} form={form} causes={causes} nowMs={page.nowMs} />
              <Letters {...props} isFiltered={isFiltered} />
              {page.user?.role === 'operator' && count > 0 && (
                <ChangeBar account={account} count={count} isFiltered={isFiltered} />
              )}
            </Live>
          </form>
          <Pages {...props} />
        </div>
      </div>
    </Layout>
  );
}

/** An invalid filter stays invalid. Reloading it would only log errors in the browser's console. */
function secondsOf({ filter, faults }: FilterForm): number | undefined {
  if (faults.length > 0) return undefined;
  return filter.text === undefined ? 4 : 15;
}

function Letters({ page, account, letters, count, isFiltered }: LettersProps & { readonly isFiltered: boolean }) {
  if (count === 0) {
    return (
      <Empty title={isFiltered ? 'No dead letter matches.' : 'No dead letters.'}>
        {isFiltered ? (
          <a href={`/accounts/${account}/letters`}>Clear filters</a>
        ) : (
          <p>Every event was delivered or still waits.</p>
        )}
      </Empty>
    );
  }
  return <LetterTable page={page} account={account} letters={letters} canChange={page.user?.role === 'operator'} />;
}

function ChangeBar({ account, count, isFiltered }: { account: string; count: number; isFiltered: boolean }) {
  const all = isFiltered ? `all ${countText(count)} that match` : `all ${countText(count)}`;
  return (
    <fieldset class="change-bar">
      <legend class="visually-hidden">What to do with the letters</legend>
      <p id="chosen" class="js-only" hx-preserve>
        None chosen
      </p>
      <label class="check">
        <input id="everything" type="checkbox" name="scope" value="all" hx-preserve />
        <span>{all}</span>
      </label>
      <button id="to-replay" class="primary">
        Replay…
      </button>
      <button id="to-discard" formaction={`/accounts/${account}/discard`}>
        Discard…
      </button>
    </fieldset>
  );
}

function Pages({ account, form, letters }: Pick<LettersProps, 'account' | 'form' | 'letters'>) {
  if (letters.next === undefined && !letters.isLater) return null;
  const list = `/accounts/${account}/letters`;
  return (
    <nav class="pages" aria-label="Pages">
      {letters.isLater && <a href={`${list}${filterQuery(form)}`}>Newest</a>}
      {letters.next !== undefined && (
        <a rel="next" href={`${list}${filterQuery(form, [['cursor', letters.next]])}`}>
          Older
        </a>
      )}
    </nav>
  );
}
