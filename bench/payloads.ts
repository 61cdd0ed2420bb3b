/**
 * The events that everything is measured with: conversions of exactly 500 bytes of JSON, match keys hashed, each with an
 * id of its own. The rivals get the same texts as the program.
 */
import { createHash } from 'node:crypto';
import type { EventDraft } from '../src/index.js';

export const EVENT_BYTES = 500;

/** Ids of one run differ from those of any other, or the window would take them for duplicates. */
export function eventOf(run: string, number: number): EventDraft {
  const key = (type: 'EMAIL' | 'PHONE') => ({
    type,
    values: [createHash('sha256').update(`${type}${number}`).digest('hex')] as [string],
  });
  const withProduct = (productId: string): EventDraft => ({
    name: 'purchase',
    eventType: 'OFF_AMAZON_PURCHASES',
    eventActionSource: 'WEBSITE',
    countryCode: 'US',
    timestamp: new Date().toISOString(),
    clientDedupeId: `order:${run}:${number}`,
    value: 129.9,
    currencyCode: 'USD',
    unitsSold: 2,
    matchKeys: [key('EMAIL'), key('PHONE')],
    customAttributes: [{ name: 'productId', value: productId }],
  });
  const missing = EVENT_BYTES - Buffer.byteLength(JSON.stringify(withProduct('')));
  if (missing < 1) throw new Error(`there is no room for a product in ${EVENT_BYTES} bytes`);
  return withProduct('A'.repeat(missing));
}

export function eventsOf(run: string, count: number, first = 0): EventDraft[] {
  return Array.from({ length: count }, (_, index) => eventOf(run, first + index));
}

/** For rivals with a list of texts. */
export const idOf = (event: unknown): string => {
  const isEvent = typeof event === 'object' && event !== null && 'clientDedupeId' in event;
  return isEvent ? String(event.clientDedupeId) : '';
};
