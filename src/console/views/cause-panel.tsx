/**
 * The causes of the matching letters, with their counts. A click on a cause filters by it, a second click removes the
 * filter.
 */
import type { Cause } from '../../dead-letters/stats.js';
import { type FilterForm, filterQuery } from '../filter-query.js';
import { plural } from '../format.js';
import { CauseLine, Count, Reason, Time } from './components.js';

interface CausePanelProps {
  readonly account: string;
  readonly form: FilterForm;
  readonly causes: readonly Cause[];
  readonly nowMs: number;
}

export function CausePanel({ account, form, causes, nowMs }: CausePanelProps) {
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
