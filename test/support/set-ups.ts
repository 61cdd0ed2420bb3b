/** The table of set-ups in docs/browser-tag.md, row by row. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './scratch.js';

export const SET_UP_SOURCES = ['ga4', 'shopify', 'woocommerce', 'stripe'] as const;
type SetUpSource = (typeof SET_UP_SOURCES)[number];

export interface SetUp {
  /** The row as in the page. */
  readonly row: string;
  /** The type of the browser tag's event; undefined without a tag. */
  readonly tagType: 'OFF_AMAZON_PURCHASES' | 'CHECKOUT' | undefined;
  readonly sources: readonly SetUpSource[];
  /** A field of the order; `any` for any value in GA4, `none` for none. */
  readonly transactionId: string;
  /** The tag's own field, with `{{…}}`; `automatic` if it has none. */
  readonly tagField: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly counted: number;
  readonly countedType: string;
}

const COUNTS: Readonly<Record<string, number>> = { once: 1, twice: 2 };

export function readSetUps(): SetUp[] {
  const page = readFileSync(join(ROOT, 'docs', 'browser-tag.md'), 'utf8');
  const [, rest = ''] = page.split('| purchases come from |');
  const [, ...rows] = (rest.split('\n\n')[0] ?? '').split('\n').slice(1);
  return rows.map(readRow);
}

function readRow(row: string): SetUp {
  const cells = row.split('|').slice(1, -1);
  const [from = '', transactionId = '', tagField = '', settings = '', counts = ''] = cells.map((cell) =>
    cell.trim().replaceAll('`', ''),
  );
  const [tag, ...others] = from.split(', ');
  const hasTag = tag?.startsWith('Tag') === true;
  const [times = '', as = 'OFF_AMAZON_PURCHASES'] = counts.split(', as ');
  const counted = COUNTS[times];
  if (cells.length !== 5 || counted === undefined) throw new Error(`the row cannot be read: ${row}`);
  return {
    row,
    tagType: hasTag ? (tag.includes('a checkout') ? 'CHECKOUT' : 'OFF_AMAZON_PURCHASES') : undefined,
    sources: (hasTag ? others : [tag ?? '', ...others]).map(sourceNamed),
    transactionId,
    tagField: tagField || 'automatic',
    settings: Object.fromEntries(settings === '' ? [] : settings.split(', ').map((setting) => setting.split('='))),
    counted,
    countedType: as,
  };
}

function sourceNamed(name: string): SetUpSource {
  const source = SET_UP_SOURCES.find((known) => known === name.toLowerCase());
  if (!source) throw new Error(`no source is called ${name}`);
  return source;
}
