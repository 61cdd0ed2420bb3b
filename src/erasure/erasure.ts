/**
 * Erases a person by match keys, or orders by their ids: queued events, dead letters, and what is known of their ids.
 *
 * For a person, what is known of the ids is removed first, because no match key leads to an id once its event is gone: so an
 * erasure that is killed can be repeated. It is removed once more at the end, because an event may have moved. For an order it is
 * removed last: until then the order's number leads to it. Once an order is delivered or rejected, no match key of it is stored
 * here: it is erased by its id.
 */
import { type Erasure, eraseEvents } from '../dead-letters/operations/erase.js';
import type { LetterAccess, OperationOptions } from '../dead-letters/operations/execute-operation.js';
import { forgetIds, type Traces } from './forget.js';
import { meantIds, requireOneEach, type ShopIds } from './meant-ids.js';

export interface ErasureReport {
  /** Queued events that are erased. */
  readonly queued: number;
  /** Events that a worker held: they are sent, or can be erased a moment later. */
  readonly busy: number;
  /** Their ids: once they are sent, no match key leads to them. */
  readonly busyIds: readonly string[];
  readonly deadLetters: number;
  /** Deliveries whose time and request are forgotten. */
  readonly deliveries: number;
  readonly refusals: number;
  /** Other names of orders. */
  readonly aliases: number;
}

export interface ErasureOrder extends OperationOptions {
  /** For a person: SHA-256 of normalised values, 64 hex digits. */
  readonly hashes?: readonly string[] | undefined;
  /** For orders: the shop's ids or numbers, or dedupe ids. */
  readonly orders?: ShopIds | undefined;
  /** Only counts. */
  readonly isDryRun: boolean;
}

/** @throws AmbiguousIdError, and Redis's errors */
export async function erase(
  access: LetterAccess,
  { hashes = [], orders = { ids: [] }, isDryRun, ...options }: ErasureOrder,
): Promise<ErasureReport> {
  const { connection, store } = access;
  const meant = await meantIds(connection, store.account, orders);
  if (meant.unknown.length > 0) {
    const dedupeIds = meant.unknown.flatMap(({ mayBe }) => mayBe);
    requireOneEach(meant, (await eraseEvents(access, { dedupeIds, ...options, isDryRun: true })).dedupeIds);
  }
  const whom = { hashes, dedupeIds: meant.dedupeIds, ...options };
  const forget = (ids: readonly string[]) => {
    const dedupeIds = [...new Set([...meant.dedupeIds, ...ids])];
    return forgetIds(connection, store.account, {
      dedupeIds,
      orders,
      unknown: meant.unknown.map(({ id }) => id),
      isDryRun,
    });
  };
  const isOfPerson = hashes.length > 0;
  const traces: Traces[] = [];
  let ids: readonly string[] = [];
  if (isOfPerson && !isDryRun) {
    ({ dedupeIds: ids } = await eraseEvents(access, { ...whom, isDryRun: true }));
    traces.push(await forget(ids));
  }
  const erased = await eraseEvents(access, { ...whom, isDryRun });
  // While a worker holds it, the number must still lead to the order when the erasure is repeated.
  if (isOfPerson || erased.busy === 0) traces.push(await forget([...ids, ...erased.dedupeIds]));
  return reportOf(erased, traces);
}

function reportOf({ queued, busy, heldIds, lettersFound }: Erasure, traces: readonly Traces[]): ErasureReport {
  const sum = (name: 'deliveries' | 'refusals' | 'aliases') => traces.reduce((all, one) => all + one[name], 0);
  const keptIds = traces.at(-1)?.keptIds ?? [];
  return {
    queued,
    busy: busy + keptIds.length,
    busyIds: [...new Set([...heldIds, ...keptIds])],
    deadLetters: lettersFound,
    deliveries: sum('deliveries'),
    refusals: sum('refusals'),
    aliases: sum('aliases'),
  };
}
