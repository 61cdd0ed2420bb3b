/** Generates the tables of docs/sources.md from the sources' field tables. */
import { sellsOnAmazon } from '../../src/mapping/sources/conditions.js';
import type { SourceTable } from '../../src/mapping/table.js';

/** For the shops' orders, whose name and type are always the same. The page says this once. */
const SAID_ONCE: ReadonlySet<string> = new Set(['`name`', '`eventType`']);

/** Fields in order, the rule in words, and the resulting field of the event. */
function fieldTableOf(table: SourceTable): string {
  const fields = Object.entries(table.fields).map(([field, { from, shown, note }]) => ({
    places: shown ?? from.flatMap(({ path }) => (path === '' ? [] : [`\`${path}\``])).join(', '),
    to: `\`${field}\``,
    note,
  }));
  const keys = table.keys.map(({ shown, to, note }) => ({
    places: shown,
    to: to === 'matchKeys' ? '`matchKeys`' : to,
    note,
  }));
  // Fields from one place by one rule share a row.
  const fieldsByRule = new Map<string, { places: string; to: string[]; note: string }>();
  for (const { places, to, note } of [...fields, ...keys]) {
    if (places === '' && SAID_ONCE.has(to)) continue;
    const rule = places === '' || note === '' ? to : `${places} ${note}`;
    const shared = fieldsByRule.get(rule) ?? { places, to: [], note };
    fieldsByRule.set(rule, { ...shared, to: [...shared.to, to] });
  }
  const rows = [...fieldsByRule.values()].map(({ places, to, note }) => row(places, to.join(', '), note));
  return ['| payload | event | rule |', '|---|---|---|', ...rows].join('\n');
}

/** Fields with the same rule share a row. A sale on Amazon is refused in every source: the page says so once. */
function refusalTableOf({ refusals }: SourceTable): string {
  const placesBySays = new Map<string, string[]>();
  for (const { at, when, says, reason } of refusals) {
    if (when === sellsOnAmazon) continue;
    const rest = row(reason === 'not_a_purchase' ? says : `${says} (\`${reason}\`)`);
    placesBySays.set(rest, [...(placesBySays.get(rest) ?? []), `\`${at.path}\``]);
  }
  const rows = [...placesBySays].map(([rest, places]) => `| ${places.join(', ')} ${rest}`);
  return ['| field | rejected if it |', '|---|---|', ...rows].join('\n');
}

/** The page with new tables between their markers. */
export function withTables(page: string, tables: readonly SourceTable[]): string {
  return tables.reduce(
    (written, table) =>
      between(
        between(written, `fields of ${table.source}`, fieldTableOf(table)),
        `refusals of ${table.source}`,
        refusalTableOf(table),
      ),
    page,
  );
}

function between(page: string, mark: string, text: string): string {
  const [start, end] = [`<!-- ${mark} -->\n`, `<!-- end -->`];
  const from = page.indexOf(start);
  if (from === -1) return page;
  const to = page.indexOf(end, from);
  return `${page.slice(0, from + start.length)}${text}\n${page.slice(to)}`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replaceAll('|  |', '| |');
}
