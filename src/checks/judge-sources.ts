/**
 * Whether two sources of an account may send the same orders under ids that cannot be equal. Such an order counts
 * twice.
 *
 * PURE. Ids can be equal only if both are a plain field of the order, as a derived id names its source. Only the shop
 * knows whether the fields are the same. So two plain ids are not reported, nor `conversion` and `csv`, whose ids the
 * caller writes.
 */
import { SOURCE_NAMES } from '../coverage/words.js';
import type { DedupeIdFields } from '../mapping/context.js';
import type { Source } from '../mapping/source.js';
import { type CheckResult, ok, warn } from './result.js';

const PAGE = 'docs/browser-tag.md';
/** Sources that send orders, in the order in which they are named. */
const TELLING = ['ga4', 'shopify', 'woocommerce', 'stripe', 'order'] as const satisfies readonly Source[];
type Telling = (typeof TELLING)[number];

/** @param sources that sent purchases recently */
export function judgeSources(account: string, sources: ReadonlySet<Source>, ids: DedupeIdFields): CheckResult[] {
  const telling = TELLING.filter((source) => sources.has(source));
  return telling.flatMap((one, place) =>
    telling
      .slice(place + 1)
      .filter((other) => !areTwoShops(one, other))
      .map((other) => judgePair(`sources ${account}`, [one, other], ids)),
  );
}

/** Each of these is a different shop: none has the other's orders. */
function areTwoShops(one: Telling, other: Telling): boolean {
  return one === 'shopify' && other === 'woocommerce';
}

function judgePair(name: string, pair: readonly [Telling, Telling], ids: DedupeIdFields): CheckResult {
  const both = pair.map((source) => SOURCE_NAMES[source]).join(' and ');
  const derived = pair.filter((source) => !isBare(source, ids));
  if (derived.length === 0) return ok(name, `${both} bring purchases; their ids can be equal (${PAGE})`);
  const found = `${both} bring purchases under ids that cannot be equal: an order in both counts twice`;
  if (pair.includes('order')) return warn(name, found, `send each order by one of them only (${PAGE})`);
  const settings = derived.map((source) => `DEDUPE_ID_${source.toUpperCase()}`).join(' and ');
  const field = pair.includes('ga4') ? 'the field that is transaction_id on the page' : 'fields that hold the same id';
  return warn(name, found, `set ${settings} to ${field}, or send each order by one of them only (${PAGE})`);
}

function isBare(source: Telling, ids: DedupeIdFields): boolean {
  if (source === 'ga4') return true;
  return source !== 'order' && (ids[source] ?? 'id') !== 'id';
}
