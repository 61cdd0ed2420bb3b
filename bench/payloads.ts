/**
 * The events of all measurements: conversions of exactly 500 bytes of JSON with hashed match keys and unique ids. The
 * rivals get the same texts as the program.
 */
import { hash } from 'node:crypto';
import type { EventDraft } from '../src/index.js';

export const EVENT_BYTES = 500;

/** Products that bring an event to its full length, by the length of its id. */
const products = new Map<number, string>();

/**
 * Ids of one run differ from those of any other, otherwise the window would take them for duplicates. Creates little
 * garbage, as the caller pays for its collection.
 */
export function eventOf(run: string, number: number): EventDraft {
  const clientDedupeId = `order:${run}:${number}`;
  let product = products.get(clientDedupeId.length);
  if (product === undefined) {
    const missing = EVENT_BYTES - Buffer.byteLength(JSON.stringify(eventWith(clientDedupeId, number, '')));
    if (missing < 1) throw new Error(`there is no room for a product in ${EVENT_BYTES} bytes`);
    product = 'A'.repeat(missing);
    products.set(clientDedupeId.length, product);
  }
  return eventWith(clientDedupeId, number, product);
}

function eventWith(clientDedupeId: string, number: number, product: string): EventDraft {
  return {
    name: 'purchase',
    eventType: 'OFF_AMAZON_PURCHASES',
    eventActionSource: 'WEBSITE',
    countryCode: 'US',
    timestamp: new Date().toISOString(),
    clientDedupeId,
    value: 129.9,
    currencyCode: 'USD',
    unitsSold: 2,
    matchKeys: [
      { type: 'EMAIL', values: [hash('sha256', `EMAIL${number}`)] },
      { type: 'PHONE', values: [hash('sha256', `PHONE${number}`)] },
    ],
    customAttributes: [{ name: 'productId', value: product }],
  };
}

export function eventsOf(run: string, count: number, first = 0): EventDraft[] {
  return Array.from({ length: count }, (_, index) => eventOf(run, first + index));
}

/** For rivals with a list of texts. */
export const idOf = (event: unknown): string => {
  const isEvent = typeof event === 'object' && event !== null && 'clientDedupeId' in event;
  return isEvent ? String(event.clientDedupeId) : '';
};
