/**
 * What became of events, by their dedupe ids: the question that a reconcile asks of each order.
 *
 * Promise: of each id window, queue and dead letters are looked at in one moment. What comes in after that and is enqueued
 * again is delivered once, for both share an id.
 */
import { lookUpIds } from '../find/known-script.js';
import { stateOf } from '../find/state.js';
import type { RedisConnection } from '../redis/connect.js';

/** `queued`: in flight and waiting too. */
export type EventState = 'delivered' | 'queued' | 'dead_letter' | 'unknown';

const IDS_PER_LOOK = 200;

/** By id; what is not in it is unknown. */
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
