/** Valid, complete events and payloads, so that a test changes only what it is about. */
import type { MappingContext } from '../../src/mapping/context.js';
import type { ConversionEvent, EventDraft } from '../../src/mapping/event.js';
import type { Order } from '../../src/mapping/sources/order.js';
import { type HeldEvent, wholeEvent } from '../../src/queue/held-event.js';
import type { QueuedEvent } from '../../src/queue/job.js';

export const NOW_MS = Date.parse('2026-11-20T12:00:00.000Z');

export function contextAt(nowMs: number = NOW_MS, overrides: Partial<MappingContext> = {}): MappingContext {
  return { nowMs, matchKeyRules: 'standard', maxEventAgeHours: 168, ...overrides };
}

/** SHA-256 of `test.user@example.com`. */
export const EMAIL_DIGEST = 'a97d7a4513204a9cc7cb2f11d72d41a59b18d1ba633d22e58d53c625518f5203';

export function conversionPayload(overrides: object = {}): Record<string, unknown> {
  return {
    name: 'purchase',
    eventType: 'OFF_AMAZON_PURCHASES',
    eventActionSource: 'WEBSITE',
    countryCode: 'US',
    timestamp: '2026-11-20T10:00:00Z',
    clientDedupeId: 'order-1',
    value: 129.9,
    currencyCode: 'USD',
    unitsSold: 2,
    matchKeys: [{ type: 'EMAIL', values: ['Test.User@Example.COM'] }],
    ...overrides,
  };
}

/** A conversion with the current time, as callers of the library write it. */
export function draftOf(clientDedupeId: string, overrides: Partial<EventDraft> = {}): EventDraft {
  return {
    name: 'purchase',
    eventType: 'OFF_AMAZON_PURCHASES',
    eventActionSource: 'WEBSITE',
    countryCode: 'US',
    timestamp: new Date().toISOString(),
    clientDedupeId,
    value: 129.9,
    currencyCode: 'USD',
    matchKeys: [{ type: 'EMAIL', values: ['Test.User@Example.COM'] }],
    ...overrides,
  };
}

/** An order with the current time, source `order`. */
export function orderOf(overrides: Partial<Order> = {}): Order {
  return {
    id: 1,
    createdAt: new Date().toISOString(),
    total: '5',
    currency: 'USD',
    country: 'US',
    channel: 'web',
    customer: { email: 'a@b.example' },
    ...overrides,
  };
}

/** A mapped event with the current time. */
export function eventOf(clientDedupeId: string, overrides: Partial<ConversionEvent> = {}): ConversionEvent {
  return {
    name: 'purchase',
    eventType: 'OFF_AMAZON_PURCHASES',
    eventActionSource: 'WEBSITE',
    countryCode: 'US',
    timestamp: new Date().toISOString(),
    clientDedupeId,
    value: 10,
    currencyCode: 'USD',
    matchKeys: [{ type: 'EMAIL', values: [EMAIL_DIGEST] }],
    ...overrides,
  };
}

export function queued(event: ConversionEvent, overrides: Partial<QueuedEvent> = {}): QueuedEvent {
  return { event, source: 'conversion', enqueuedAt: Date.now(), ...overrides };
}

export function idsFrom(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, number) => `${prefix}-${number}`);
}

/** An event that a worker holds, as the entry of its job. */
export function entryOf(held: HeldEvent): QueuedEvent {
  return { event: wholeEvent(held), ...held.facts };
}
