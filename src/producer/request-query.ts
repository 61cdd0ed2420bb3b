/**
 * The query of a request: where its events go and how they are read.
 */
import { z } from 'zod';
import type { MappingContext } from '../mapping/context.js';
import { EVENT_TYPES } from '../mapping/event.js';
import { SOURCES } from '../mapping/source.js';

const consent = z
  .enum(['granted', 'denied'], { error: 'is granted or denied' })
  .optional()
  .describe('Consent of all customers of this request, where the records say nothing of it');

export const eventsQuerySchema = z.object({
  source: z
    .enum(SOURCES, { error: `is one of ${SOURCES.join(', ')}` })
    .default('conversion')
    .describe('Format of the records'),
  account: z.string().default('default').describe('The account whose queue takes the events'),
  eventType: z
    .enum(EVENT_TYPES, { error: `is one of ${EVENT_TYPES.join(', ')}` })
    .optional()
    .describe('Event type for GA4 events that stand for none'),
  consent,
});

/** The same, compiled: it is read at each request. */
export const readEventsQuery = z.compile(eventsQuerySchema);

export const webhookQuerySchema = eventsQuerySchema.pick({ account: true, consent: true });

/** What the query adds to the account's mapping context. */
export function withQuery(
  context: MappingContext,
  query: { eventType?: MappingContext['eventType']; consent?: 'granted' | 'denied' | undefined },
): MappingContext {
  if (query.eventType === undefined && query.consent === undefined) return context;
  const signal = query.consent === 'granted' ? 'GRANTED' : 'DENIED';
  return {
    ...context,
    eventType: query.eventType,
    defaultConsent: query.consent && { amazonConsent: { amznAdStorage: signal, amznUserData: signal } },
  };
}
