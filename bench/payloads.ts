/**
 * The events that everything is measured with: conversions of exactly 500 bytes of JSON, match keys hashed, each with an
 * id of its own. The rivals get the same texts as the program.
 */
import { hash } from 'node:crypto';
import type { EventDraft } from '../src/index.js';

export const EVENT_BYTES = 500;

/** Products that make an event as long as it is to be, by the length of its id. */
const products = new Map<number, string>();

/**
 * Ids of one run differ from those of any other, or the window would take them for duplicates. Made with little garbage:
 * who calls with them would be charged for collecting it.
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
