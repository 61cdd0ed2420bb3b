/**
 * The filters of a list, as a form whose fields become the query string.
 */
import { EVENT_TYPES } from '../../mapping/event.js';
import { DEAD_REASONS } from '../../mapping/outcome.js';
import type { FilterForm } from '../filter-query.js';
import { eventWords, wordsOf } from '../format.js';

interface FilterPanelProps {
  readonly account: string;
  readonly form: FilterForm;
  readonly isFiltered: boolean;
}

export function FilterPanel({ account, form, isFiltered }: FilterPanelProps) {
  const { filter, faults } = form;
  const faultOf = (field: string) => faults.find((fault) => fault.field === field)?.message;
  const list = `/accounts/${account}/letters`;
  return (
    <details id="filters" class="filters" open>
      <summary>{isFiltered ? 'Filters, some set' : 'Filters'}</summary>
      <form method="get" action={list} class="stack" role="search">
        <label for="text">Text</label>
        <input id="text" name="text" type="search" value={filter.text} placeholder="code, message, id" />
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
        <TimeField name="since" label="Failed since" value={form.since} fault={faultOf('since')} example="24h" />
        <TimeField
          name="until"
          label="Failed until"
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
            <a class="button" href={list}>
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
