/**
 * An event as the worker holds it: what is needed to deliver and count it, and the rest on demand.
 *
 * Nearly every event is delivered, in the text form in which it came. So only the head of a packed job's event is read
 * (read-packed-job.ts). The whole event is read only if it becomes a dead letter or is sent in another form.
 */
import type { ConversionEvent, EventType } from '../mapping/event.js';
import type { QueuedEvent } from './job.js';

/** What a job says about an event, without the event itself. */
export type EventFacts = Omit<QueuedEvent, 'event'>;

export interface HeldEvent {
  readonly clientDedupeId: string;
  /** The event's own time, epoch milliseconds. */
  readonly timestampMs: number;
  readonly eventType: EventType;
  readonly value: number | undefined;
  readonly currencyCode: string | undefined;
  readonly facts: EventFacts;
  /** The event's JSON as it was in the job, if it was cut out of it. */
  readonly text: string | undefined;
  /** The event, if it was read as a whole. */
  readonly event: ConversionEvent | undefined;
}

/** An event that was read as a whole. */
export function holdEntry({ event, ...facts }: QueuedEvent): HeldEvent {
  const { clientDedupeId, timestamp, eventType, value, currencyCode } = event;
  const timestampMs = Date.parse(timestamp);
  return { clientDedupeId, timestampMs, eventType, value, currencyCode, facts, text: undefined, event };
}

/** @throws SyntaxError if only the head was read and the rest is not JSON */
export function wholeEvent({ event, text }: HeldEvent): ConversionEvent {
  return event ?? (JSON.parse(String(text)) as ConversionEvent);
}

/** The event's JSON in the form in which it is stored. */
export function eventText({ event, text }: HeldEvent): string {
  return text ?? JSON.stringify(event);
}

/** The event as an entry of a job's data. */
export function entryText(held: HeldEvent): string {
  return `{"event":${eventText(held)},${JSON.stringify(held.facts).slice(1)}`;
}
