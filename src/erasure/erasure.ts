/**
 * Erasure of a person by match keys, or of orders by their ids: events that are queued, dead letters, and what is known of
 * their ids.
 *
 * What is known of the ids goes first, and once more at the end, for an event may have moved meanwhile: so an erasure that is
 * killed can be repeated, though by a match key no event that is gone leads to its id. An order that was delivered or
 * refused before holds no match key here: it is erased by its id.
 */
import { eraseEvents } from '../dead-letters/operations/erase.js';
import type { OperationOptions, OperationParts } from '../dead-letters/operations/operation-pass.js';
import { forgetIds } from './forget.js';
import { meantIds, type ShopIds } from './meant-ids.js';

export interface ErasureReport {
  /** Events on the queue. */
  readonly queued: number;
  /** Events that a worker held: they are sent, or can be erased a moment later. */
  readonly busy: number;
  readonly deadLetters: number;
  /** Deliveries of which time and request are forgotten. */
  readonly deliveries: number;
  readonly refusals: number;
  /** Other names of orders. */
  readonly aliases: number;
}

export interface ErasureOrder extends OperationOptions {
  /** Of a person: SHA-256 of normalised values, 64 hex digits. */
  readonly hashes?: readonly string[] | undefined;
  /** Of orders: the shop's ids or numbers, or dedupe ids. */
  readonly orders?: ShopIds | undefined;
  /** Only counts. */
  readonly isDryRun: boolean;
}

/** @throws AmbiguousIdError, and Redis's errors */
export async function erase(
  parts: OperationParts,
  { hashes = [], orders = { ids: [] }, isDryRun, ...options }: ErasureOrder,
): Promise<ErasureReport> {
  const { connection, store } = parts;
  const meant = await meantIds(connection, store.account, orders);
  const whom = { hashes, dedupeIds: meant, ...options };
  const forget = (ids: readonly string[]) => {
    const dedupeIds = [...new Set([...meant, ...ids])];
    return forgetIds(connection, store.account, { dedupeIds, orders, isDryRun });
  };
  const before = await eraseEvents(parts, { ...whom, isDryRun: true });
  const traces = await forget(before.dedupeIds);
  if (isDryRun) return reportOf(before, [traces]);
  const erased = await eraseEvents(parts, { ...whom, isDryRun: false });
  return reportOf(erased, [traces, await forget([...before.dedupeIds, ...erased.dedupeIds])]);
}

function reportOf(
  { queued, busy, lettersFound }: Awaited<ReturnType<typeof eraseEvents>>,
  traces: readonly Awaited<ReturnType<typeof forgetIds>>[],
): ErasureReport {
  const sum = (name: 'deliveries' | 'refusals' | 'aliases') => traces.reduce((all, one) => all + one[name], 0);
  return {
    queued,
    busy: busy + (traces.at(-1)?.kept ?? 0),
    deadLetters: lettersFound,
    deliveries: sum('deliveries'),
    refusals: sum('refusals'),
    aliases: sum('aliases'),
  };
}
