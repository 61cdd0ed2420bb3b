/** How `orders` and `lineItems` are answered: filter, order, pages by cursor. */
import { type Json, orderAsGraphql, textOf } from './as-graphql.js';

export interface StoredOrder {
  /** As the webhook sends it. */
  readonly payload: Json;
  readonly updatedMs: number;
}

interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
}

interface OrdersArguments extends PageArguments {
  readonly query?: string | null;
  readonly sortKey: string;
  readonly reverse: boolean;
}

const PAGE_MAX = 250;
const TERM = /updated_at:(>=|<=|>|<)'?([^'\s]+)'?/g;

export function ordersPage(all: Iterable<StoredOrder>, args: OrdersArguments): object {
  const placeOf = ({ payload, updatedMs }: StoredOrder): string => {
    const created = Date.parse(textOf(payload['created_at']));
    const ms = args.sortKey === 'UPDATED_AT' ? updatedMs : created;
    // Padded, as positions are compared as text.
    return `${String(ms).padStart(15, '0')}:${textOf(payload['id']).padStart(20, '0')}`;
  };
  const meant = [...all].filter(filterOf(args.query ?? '')).map((order) => ({ place: placeOf(order), order }));
  meant.sort((left, right) => (left.place < right.place ? -1 : 1));
  if (args.reverse) meant.reverse();
  const { nodes, pageInfo } = pageOf(meant, args, args.reverse);
  return { nodes: nodes.map(({ order }) => orderObject(order)), pageInfo };
}

/** Fields, with the line items as a connection. */
export function orderObject({ payload, updatedMs }: StoredOrder): object {
  const items = Array.isArray(payload['line_items']) ? (payload['line_items'] as Json[]) : [];
  return {
    ...orderAsGraphql(payload, updatedMs),
    lineItems: (args: PageArguments) => {
      const placed = items.map((item, number) => ({
        place: String(number).padStart(9, '0'),
        id: `gid://shopify/LineItem/${textOf(item['id'] ?? number + 1)}`,
        quantity: item['quantity'] ?? 1,
      }));
      return pageOf(placed, args, false);
    },
  };
}

/** Shopify accepts `field:>=value`, with the value in quotes if it contains a colon, and joins terms by AND. */
function filterOf(query: string): (order: StoredOrder) => boolean {
  const terms = [...query.matchAll(TERM)].map(([, sign = '', time = '']) => ({ sign, ms: Date.parse(time) }));
  return ({ updatedMs }) =>
    terms.every(({ sign, ms }) => {
      // Times are compared to the second.
      const updated = Math.floor(updatedMs / 1000) * 1000;
      if (sign === '>=') return updated >= ms;
      if (sign === '<=') return updated <= ms;
      return sign === '>' ? updated > ms : updated < ms;
    });
}

function pageOf<Node extends { readonly place: string }>(
  sorted: readonly Node[],
  { first, after }: PageArguments,
  isReversed: boolean,
) {
  const count = first ?? 0;
  if (count < 1 || count > PAGE_MAX) throw new Error(`first must be from 1 to ${PAGE_MAX}`);
  const from = after ? Buffer.from(after, 'base64url').toString() : undefined;
  const left = sorted.filter(({ place }) => from === undefined || (isReversed ? place < from : place > from));
  const nodes = left.slice(0, count);
  const last = nodes.at(-1);
  return {
    nodes,
    pageInfo: {
      hasNextPage: left.length > nodes.length,
      endCursor: last ? Buffer.from(last.place).toString('base64url') : null,
    },
  };
}
