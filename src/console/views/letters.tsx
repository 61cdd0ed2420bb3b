/**
 * The list of dead letters: filters, causes, rows to choose from, and what to do with them.
 */

import type { Cause } from '../../dead-letters/stats.js';
import { EVENT_TYPES } from '../../mapping/event.js';
import { DEAD_REASONS } from '../../mapping/outcome.js';
import { type FilterForm, filterFields, filterQuery } from '../filter-query.js';
import { countText, eventWords, plural, wordsOf } from '../format.js';
import type { PageContext } from '../page-context.js';
import { Layout, Live } from './layout.js';
import { type LetterPage, LetterTable } from './letter-table.js';
import { CauseLine, Count, Empty, Reason, Time } from './parts.js';

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
  const { page, account, form, count, causes, letters } = props;
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
              The filter cannot be read: mend it first.{' '}
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
            <Live page={page} id="letters" seconds={4}>
              <p class="count">
                <Count value={count} /> {matching.replace(countText(count), '').trim()}
              </p>
              <CausePanel account={account} form={form} causes={causes} nowMs={page.nowMs} />
              {count === 0 ? (
                <Empty title={isFiltered ? 'No dead letter matches.' : 'No dead letters.'}>
                  {isFiltered ? (
                    <a href={`/accounts/${account}/letters`}>Take the filters away</a>
                  ) : (
                    <p>Every event was delivered or still waits.</p>
                  )}
                </Empty>
              ) : (
                <LetterTable
                  page={page}
                  account={account}
                  letters={letters}
                  canChange={page.user?.role === 'operator'}
                />
              )}
              {page.user?.role === 'operator' && count > 0 && (
                <ChangeBar account={account} count={count} isFiltered={isFiltered} />
              )}
            </Live>
          </form>
          <Pages account={account} form={form} letters={letters} />
        </div>
      </div>
    </Layout>
  );
}

function FilterPanel({ account, form, isFiltered }: Pick<LettersProps, 'account' | 'form'> & { isFiltered: boolean }) {
  const { filter, faults } = form;
  const faultOf = (field: string) => faults.find((fault) => fault.field === field)?.message;
  const list = `/accounts/${account}/letters`;
  return (
    <details id="filters" class="filters" open>
      <summary>Filters</summary>
      <form method="get" action={list} class="stack" role="search">
        <label for="text">Text</label>
        <input id="text" name="text" type="search" value={filter.text} placeholder="code, message, order id, country" />
        <fieldset>
          <legend>Reason</legend>
          {DEAD_REASONS.map((reason) => (
            <label key={reason} class="check">
              <input type="checkbox" name="reason" value={reason} checked={filter.reasons?.includes(reason) ?? false} />
              {wordsOf(reason)}
            </label>
          ))}
        </fieldset>
        <label for="type">Event type</label>
        <select id="type" name="type">
          <option value="">any</option>
          {EVENT_TYPES.map((type) => (
            <option key={type} value={type} selected={filter.eventTypes?.includes(type) ?? false}>
              {eventWords(type)}
            </option>
          ))}
        </select>
        <TimeField name="since" label="Died since" value={form.since} fault={faultOf('since')} example="24h" />
        <TimeField
          name="until"
          label="Died until"
          value={form.until}
          fault={faultOf('until')}
          example="2026-11-20 18:00"
        />
        <datalist id="ages">
          {['15m', '1h', '6h', '24h', '7d', '30d'].map((age) => (
            <option key={age} value={age} />
          ))}
        </datalist>
        {filter.causes?.map((cause) => (
          <label key={cause} class="check">
            <input type="checkbox" name="cause" value={cause} checked />
            cause <code>{cause}</code>
          </label>
        ))}
        <div class="row">
          <button class="primary">Apply</button>
          {isFiltered && (
            <a id="clear-filters" class="button" href={list}>
              Clear
            </a>
          )}
        </div>
      </form>
    </details>
  );
}

function TimeField({
  name,
  label,
  value,
  fault,
  example,
}: {
  name: string;
  label: string;
  value: string;
  fault: string | undefined;
  example: string;
}) {
  return (
    <>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        value={value}
        placeholder={example}
        list="ages"
        autoComplete="off"
        aria-invalid={fault === undefined ? undefined : true}
        aria-describedby={fault === undefined ? undefined : `${name}-fault`}
      />
      {fault !== undefined && (
        <p id={`${name}-fault`} class="fault" role="alert">
          {fault}
        </p>
      )}
    </>
  );
}

function CausePanel({
  account,
  form,
  causes,
  nowMs,
}: Pick<LettersProps, 'account' | 'form' | 'causes'> & { nowMs: number }) {
  if (causes.length === 0) return null;
  const chosen = form.filter.causes ?? [];
  return (
    <details id="causes" class="group" open={causes.length > 1 || chosen.length > 0}>
      <summary>{plural(causes.length, 'cause')}</summary>
      <table class="causes">
        <caption class="visually-hidden">Causes of the letters that match, most frequent first</caption>
        <thead>
          <tr>
            <th scope="col">Cause</th>
            <th scope="col">Reason</th>
            <th scope="col" class="num">
              Letters
            </th>
            <th scope="col">Oldest</th>
            <th scope="col">Newest</th>
          </tr>
        </thead>
        <tbody>
          {causes.map((cause) => {
            const { causes: _others, ...filter } = form.filter;
            const isChosen = chosen.includes(cause.id);
            const query = filterQuery({ ...form, filter: isChosen ? filter : { ...filter, causes: [cause.id] } });
            return (
              <tr key={cause.id} class={isChosen ? 'chosen' : undefined}>
                <th scope="row">
                  <a
                    id={`cause-${cause.id}`}
                    href={`/accounts/${account}/letters${query}`}
                    aria-current={isChosen ? 'true' : undefined}
                  >
                    <CauseLine cause={cause} />
                  </a>
                </th>
                <td data-label="Reason">
                  <Reason reason={cause.reason} />
                </td>
                <td data-label="Letters" class="num">
                  <Count value={cause.count} />
                </td>
                <td data-label="Oldest">
                  <Time ms={cause.oldestMs} nowMs={nowMs} />
                </td>
                <td data-label="Newest">
                  <Time ms={cause.newestMs} nowMs={nowMs} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </details>
  );
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
