/**
 * Records of the orders that a reconcile has seen, in Redis. So each order counts once, however often it is read again
 * and whichever process is killed meanwhile.
 *
 * An order's record is one character:
 * a  it had arrived without us: delivered, queued, or a dead letter
 * r  its payload was refused
 * m  it is missing: from before it is enqueued until that is acknowledged
 * e  a reconcile enqueued it
 * Transitions: r -> a, m, e; m -> e. If a process is killed at `m`, the next one finds the event known (it was
 * enqueued: e) or not (it enqueues it). No record leaves a or e: an event that was known once and is no longer was
 * discarded or erased by a person, and must not be enqueued again.
 *
 * Layout, all under `reconcile:<source>:`
 * orders:<day>:<bucket>   hash: 8 bytes of the id's SHA-256 -> its record; the day is that of the order's creation.
 *                         4,096 buckets a day keep hashes small, so that Redis stores them as compact blocks
 * day:<day>               hash: how many orders of the day have which record
 * and the totals in `reconcile`: `<source>:orders`, `<source>:enqueued`.
 */
import { hash } from 'node:crypto';
import { keysOf } from '../queue/queue.js';
import { TIME_LUA } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import type { WebhookPlatform } from '../settings/webhook-senders.js';

type OrderRecord = 'a' | 'r' | 'm' | 'e';

export interface NotedOrder {
  /** The order's id at the shop. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly createdMs: number;
  readonly record: OrderRecord;
}

/** The record of an order, and whether the order is new. */
export interface Noted {
  readonly record: OrderRecord;
  readonly isNew: boolean;
}

const DAY_MS = 86_400_000;
/**
 * Longer than the greatest age of an event (504 hours), so that no order that could still be sent is taken for a new
 * one.
 */
const KEPT_DAYS = 23;
/** For the page that shows days. */
export const DAYS_SHOWN = 31;

/**
 * KEYS[1] totals   KEYS[2] prefix of the source's keys
 * ARGV[1] JSON: {source, isDryRun, orders: [{day, bucket, field, record, keptUntil, dayUntil}]}, times epoch ms
 * Returns one text per order: its record now, and `+` if it had none before.
 */
const NOTE_ORDERS: RedisScript = {
  name: 'capiNoteOrders',
  isRefusedWhenFull: true,
  lua: `
local call = cjson.decode(ARGV[1])
local answers = {}
local function count(day, dayUntil, record, by)
  local key = KEYS[2] .. 'day:' .. day
  redis.call('HINCRBY', key, record, by)
  redis.call('PEXPIREAT', key, dayUntil)
end
${TIME_LUA}
local function total(name) redis.call('HINCRBY', KEYS[1], call.source .. ':' .. name, 1) end
for place, order in ipairs(call.orders) do
  local key = KEYS[2] .. 'orders:' .. order.day .. ':' .. order.bucket
  local before = redis.call('HGET', key, order.field)
  local after = order.record
  -- Known once, and known for good; and what was missing and is known now was brought in by a reconcile.
  if before == 'a' or before == 'e' then after = before end
  if before == 'm' and after ~= 'm' then after = 'e' end
  -- Of what is older than its record would be kept nothing is known, and nothing is counted.
  local isKept = order.keptUntil > now
  if not call.isDryRun and isKept and before ~= after then
    redis.call('HSET', key, order.field, after)
    redis.call('PEXPIREAT', key, order.keptUntil)
    if before then count(order.day, order.dayUntil, before, -1) else total('orders') end
    count(order.day, order.dayUntil, after, 1)
    if after == 'e' then total('enqueued') end
  end
  answers[place] = after .. ((before or not isKept) and '' or '+')
end
return answers`,
};

export interface OrderRecordsOptions {
  readonly account: string;
  readonly source: WebhookPlatform;
  readonly connection: RedisConnection;
  /** Nothing is written. */
  readonly isDryRun: boolean;
}

export class OrderRecords {
  readonly #options: OrderRecordsOptions;
  readonly #keys: readonly [totals: string, prefix: string];

  constructor(options: OrderRecordsOptions) {
    this.#options = options;
    const { reconcile } = keysOf(options.account);
    this.#keys = [reconcile, `${reconcile}:${options.source}:`];
  }

  /** @returns one for each order */
  async note(orders: readonly NotedOrder[]): Promise<Noted[]> {
    if (orders.length === 0) return [];
    const { source, connection, isDryRun } = this.#options;
    const call = { source, isDryRun, orders: orders.map(placeOf) };
    const reply = await runScript(connection, {
      script: NOTE_ORDERS,
      keys: this.#keys,
      args: [JSON.stringify(call)],
    });
    const answers = Array.isArray(reply) ? reply.map(String) : [];
    return orders.map(({ record }, place) => {
      const [now = record, mark] = answers[place] ?? '';
      return { record: now as OrderRecord, isNew: mark === '+' };
    });
  }
}

function placeOf({ id, createdMs, record }: NotedOrder): object {
  const digest = hash('sha256', id, 'hex');
  const day = dayOf(createdMs);
  const dayMs = Date.parse(day);
  return {
    day,
    bucket: digest.slice(0, 3),
    field: digest.slice(3, 19),
    record,
    keptUntil: dayMs + KEPT_DAYS * DAY_MS,
    dayUntil: dayMs + (DAYS_SHOWN + 1) * DAY_MS,
  };
}

/** The day of a time, in UTC. An order without a date counts for the first possible day. */
export function dayOf(ms: number): string {
  return new Date(Number.isNaN(ms) ? 0 : ms).toISOString().slice(0, 10);
}
