/**
 * The states of events by their dedupe ids. A reconcile asks this for each order.
 *
 * Promise: window, queue and dead letters are read in one step for each id. If an event arrives after that and is
 * enqueued again, it is delivered once, as both have the same id.
 */
import { lookUpIds } from '../find/known-script.js';
import { stateOf } from '../find/state.js';
import type { RedisConnection } from '../redis/connect.js';

/** `queued` includes in flight and waiting. */
export type EventState = 'delivered' | 'queued' | 'dead_letter' | 'unknown';

const IDS_PER_LOOK = 200;

/** By id. Absent ids are unknown. */
export async function eventStatesOf(
  account: string,
  connection: RedisConnection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, EventState>> {
  const states = new Map<string, EventState>();
  for (let start = 0; start < ids.length; start += IDS_PER_LOOK) {
    const known = await lookUpIds(connection, account, ids.slice(start, start + IDS_PER_LOOK), false);
    for (const one of known.ids) {
      const { state } = stateOf(one, known);
      const isEnd = state === 'delivered' || state === 'dead_letter';
      states.set(one.id, isEnd ? state : 'queued');
    }
  }
  return states;
}
