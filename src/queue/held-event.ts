/**
 * An event as the worker holds it: what delivering and counting it take, and the rest of it on demand.
 *
 * Nearly every event is delivered, and what is delivered leaves as the text that it came as. So of a packed job's events
 * the head alone is read (read-packed-job.ts), and a whole event only where it dies or leaves in another form.
 */
import type { ConversionEvent, EventType } from '../mapping/event.js';
import type { QueuedEvent } from './job.js';

/** What a job says of an event beside the event itself. */
export type EventFacts = Omit<QueuedEvent, 'event'>;

export interface HeldEvent {
  readonly clientDedupeId: string;
  /** The event's own time, epoch milliseconds. */
  readonly timestampMs: number;
  readonly eventType: EventType;
  readonly value: number | undefined;
  readonly currencyCode: string | undefined;
  readonly facts: EventFacts;
  /** The event's JSON as it lay in the job, where it was cut out of it. */
  readonly text: string | undefined;
  /** The event, where it was read as a whole. */
  readonly event: ConversionEvent | undefined;
}

/** An event that was read as a whole. */
export function holdEntry({ event, ...facts }: QueuedEvent): HeldEvent {
  const { clientDedupeId, timestamp, eventType, value, currencyCode } = event;
  const timestampMs = Date.parse(timestamp);
  return { clientDedupeId, timestampMs, eventType, value, currencyCode, facts, text: undefined, event };
}

/** @throws SyntaxError where only the head was read and the rest is no JSON */
export function wholeEvent({ event, text }: HeldEvent): ConversionEvent {
  return event ?? (JSON.parse(String(text)) as ConversionEvent);
}

/** The event's JSON in the form it rests in. */
export function eventText({ event, text }: HeldEvent): string {
  return text ?? JSON.stringify(event);
}

/** The event as an entry of a job's data. */
export function entryText(held: HeldEvent): string {
  return `{"event":${eventText(held)},${JSON.stringify(held.facts).slice(1)}`;
}
