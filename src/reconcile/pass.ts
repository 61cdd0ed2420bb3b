/**
 * One pass over a shop's orders: finds the state of each, and enqueues the missing ones.
 *
 * Each page of orders is read, mapped, judged, recorded, enqueued and recorded again, in this order. So if a process is
 * killed at any point, the next one completes its work: an order's record is `missing` before it is enqueued, and
 * `enqueued` only once Redis has it. A refused order is mapped again in each pass. If it is valid now, it counts as
 * missing.
 */
import type { MappingContext } from '../mapping/context.js';
import { dedupeIdOf } from '../mapping/order-id.js';
import type { RefusalReason, RefusedEvent } from '../mapping/refusal.js';
import { type AcceptOptions, acceptRecords } from '../producer/accept.js';
import type { EventWriter } from '../producer/event-writer.js';
import { type MappedRecord, mapRecord } from '../producer/records.js';
import type { Shop, ShopOrder } from '../shops/shop.js';
import type { EventState } from './event-states.js';
import type { NotedOrder, OrderRecords } from './order-records.js';

/** Redis did not accept the missing orders. */
class NotEnqueuedError extends Error {
  readonly code = 'NOT_ENQUEUED';
}

/** Every order counts once: their sum is `orders`. */
export interface ReconcileCounts {
  orders: number;
  /** Includes duplicates. */
  delivered: number;
  /** Includes in flight and waiting. */
  queued: number;
  /** Includes those that a person discarded or erased. */
  deadLetters: number;
  readonly refused: Partial<Record<RefusalReason, number>>;
  missing: number;
  /** Of the missing. None in a dry run. */
  enqueued: number;
}

export interface ReconcilePassOptions {
  readonly account: string;
  readonly shop: Shop;
  /** The states of events by id. Absent ids are unknown. */
  readonly statesOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, EventState>>;
  readonly records: OrderRecords;
  readonly writer: EventWriter;
  readonly accepting: AcceptOptions;
  readonly contextNow: () => MappingContext;
  /** How long a delivered id is remembered. For older orders it is not known whether they were delivered. */
  readonly knownForMs: number;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
  /** Called after each page. */
  readonly onProgress?: ((counts: ReconcileCounts) => void) | undefined;
}

export interface Period {
  readonly sinceMs: number;
  /** Orders that changed later are left to the next pass: their webhook may still be on its way. */
  readonly untilMs: number;
}

interface JudgedOrder extends NotedOrder {
  readonly mapped: MappedRecord;
  /** How it is counted. A missing order may turn out to have been known before. */
  readonly counts: Exclude<EventState, 'unknown'> | RefusalReason | 'missing';
}

/**
 * @throws ShopError if the shop failed
 * @throws NotEnqueuedError if Redis did not accept the missing orders
 */
export async function runPass(options: ReconcilePassOptions, { sinceMs, untilMs }: Period): Promise<ReconcileCounts> {
  const counts: ReconcileCounts = {
    orders: 0,
    delivered: 0,
    queued: 0,
    deadLetters: 0,
    refused: {},
    missing: 0,
    enqueued: 0,
  };
  const seen = new Set<string>();
  for await (const page of options.shop.listOrders(sinceMs, options.signal)) {
    const fresh = page.filter(({ id, changedMs }) => !seen.has(id) && !(changedMs > untilMs));
    for (const { id } of fresh) seen.add(id);
    await reconcilePage(options, fresh, counts);
    options.onProgress?.(counts);
  }
  return counts;
}

async function reconcilePage(
  options: ReconcilePassOptions,
  page: readonly ShopOrder[],
  counts: ReconcileCounts,
): Promise<void> {
  const judged = await judge(options, page);
  const noted = await options.records.note(judged);
  const missing: JudgedOrder[] = [];
  const refused: RefusedEvent[] = [];
  judged.forEach((order, place) => {
    const { record, isNew } = noted[place] ?? { record: order.record, isNew: false };
    counts.orders += 1;
    // It was known once. A person has removed it since.
    if (order.counts === 'missing' && record !== 'm') counts.deadLetters += 1;
    else count(order, counts);
    if (order.record === 'm' && record === 'm') missing.push(order);
    if (order.record === 'r' && isNew) refused.push(...order.mapped.refusals);
  });
  if (options.isDryRun) return;
  await noteRefusals(options, refused);
  if (missing.length === 0) return;
  await enqueue(options, missing);
  await options.records.note(missing.map(({ id, createdMs }) => ({ id, createdMs, record: 'e' })));
  counts.enqueued += missing.length;
}

/** Mapped before the look-up, so that the queue then holds whatever arrived meanwhile. */
async function judge(options: ReconcilePassOptions, page: readonly ShopOrder[]): Promise<JudgedOrder[]> {
  const { source } = options.shop;
  const context = options.contextNow();
  const orders = page.map((order) => {
    const mapped = mapRecord(source, order.payload, context);
    const event = mapped.entries[0]?.event;
    // A refused order may have been delivered before: for example, it was refunded, or has become too old.
    return { order, mapped, event, eventId: event?.clientDedupeId ?? dedupeIdOf(source, order.payload, context) };
  });
  const states = await options.statesOf(orders.flatMap(({ eventId }) => eventId ?? []));
  return orders.map(({ order, mapped, event, eventId }) => {
    const state = eventId === undefined ? 'unknown' : (states.get(eventId) ?? 'unknown');
    const ageMs = event && context.nowMs - Date.parse(event.timestamp);
    const { counts, record } = judgementOf(state, mapped, ageMs, options.knownForMs);
    return { id: order.id, createdMs: order.createdMs, mapped, counts, record };
  });
}

function judgementOf(
  state: EventState,
  { refusals }: MappedRecord,
  ageMs: number | undefined,
  knownForMs: number,
): Pick<JudgedOrder, 'counts' | 'record'> {
  if (state !== 'unknown') return { counts: state, record: 'a' };
  if (ageMs === undefined) return { counts: refusals[0]?.reason ?? 'invalid', record: 'r' };
  // Either delivered and forgotten, or never seen: Amazon could count it twice.
  if (ageMs > knownForMs) return { counts: 'too_old', record: 'r' };
  return { counts: 'missing', record: 'm' };
}

function count({ counts: what }: JudgedOrder, counts: ReconcileCounts): void {
  if (what === 'delivered' || what === 'queued' || what === 'missing') counts[what] += 1;
  else if (what === 'dead_letter') counts.deadLetters += 1;
  else counts.refused[what] = (counts.refused[what] ?? 0) + 1;
}

/** Counts refusals as the intake does, each once, and stores them so that the order can be found. */
async function noteRefusals(
  { account, shop: { source }, writer, accepting }: ReconcilePassOptions,
  refused: readonly RefusedEvent[],
): Promise<void> {
  for (const { reason } of refused) accepting.metrics.eventsRefused.inc({ account, source, reason });
  await writer.noteRefused(source, refused);
}

/** By the same function as a webhook. */
async function enqueue(options: ReconcilePassOptions, orders: readonly JudgedOrder[]): Promise<void> {
  const { account, shop, writer, accepting } = options;
  const acceptance = await acceptRecords(
    orders.map(({ mapped }) => mapped),
    { account, source: shop.source, writer },
    accepting,
  );
  if (acceptance.kind !== 'queued') {
    const why = acceptance.kind === 'unavailable' ? acceptance.message : 'nothing of it could be mapped';
    throw new NotEnqueuedError(`${orders.length} missing orders could not be enqueued: ${why}`);
  }
}
