/**
 * The library: `createProducer` for programs that put conversions on the queue themselves.
 *
 * Events are mapped, hashed and checked here, before anything is written: what is refused never reaches Redis, and
 * plaintext personal data never leaves the caller's memory.
 */
import type { MappingContext } from '../mapping/context.js';
import type { ConversionEvent, EventDraft } from '../mapping/event.js';
import type { MatchKeyRules } from '../mapping/match-key.js';
import type { Issue } from '../mapping/refusal.js';
import type { Source } from '../mapping/source.js';
import type { QueuedEvent } from '../queue.js';
import { connectRedis } from '../redis.js';
import { EventWriter } from './event-writer.js';
import { mapRecord } from './records.js';

export interface ProducerOptions {
  /** As REDIS_URL; `redis://127.0.0.1:6379` unless given. */
  readonly redisUrl?: string;
  /** The account whose queue is written to; `default` unless given. */
  readonly account?: string;
  readonly matchKeyRules?: MatchKeyRules;
  /** ISO alpha-2, for payloads that name no country. */
  readonly defaultCountry?: string;
  /** As MAX_EVENT_AGE_HOURS; 168 unless given. */
  readonly maxEventAgeHours?: number;
  /** As EVENTS_PER_JOB; 100 unless given. */
  readonly eventsPerJob?: number;
  /** Set for accounts in the EU: an event without a consent signal is refused. */
  readonly isConsentRequired?: boolean;
}

export interface EnqueueOptions {
  /** The payload's format; `conversion` (the event itself) unless given. */
  readonly source?: Source;
}

export interface EnqueueReport {
  readonly accepted: number;
  /** Each refused payload by its place in the call. */
  readonly rejected: readonly { readonly index: number; readonly issues: readonly Issue[] }[];
}

export interface Producer {
  /**
   * Resolves with the events of the payload (nearly always one) when they are in Redis.
   *
   * @throws RefusedError where the payload is not acceptable; Redis's error where it is away, and nothing is queued
   */
  enqueue(payload: EventDraft | object, options?: EnqueueOptions): Promise<readonly ConversionEvent[]>;
  /** Queues what is acceptable and reports the rest. */
  enqueueMany(payloads: readonly (EventDraft | object)[], options?: EnqueueOptions): Promise<EnqueueReport>;
  /** Waits for writes under way, then disconnects. */
  close(): Promise<void>;
}

/** Thrown by `enqueue` for a payload that cannot be forwarded; `issues` say where and why. */
export class RefusedError extends Error {
  readonly code = 'REFUSED';
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(`the event was refused: ${issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; ')}`);
    this.name = 'RefusedError';
    this.issues = issues;
  }
}

export function createProducer(options: ProducerOptions = {}): Producer {
  const connection = connectRedis(options.redisUrl ?? 'redis://127.0.0.1:6379', 'prompt', 'capi-producer');
  // Each call rejects with its own error; an outage must not end the caller's process.
  connection.on('error', () => undefined);
  const writer = new EventWriter(options.account ?? 'default', connection, options.eventsPerJob ?? 100);
  const contextNow = (): MappingContext => ({
    nowMs: Date.now(),
    matchKeyRules: options.matchKeyRules ?? 'standard',
    maxEventAgeHours: options.maxEventAgeHours ?? 168,
    defaultCountry: options.defaultCountry,
    isConsentRequired: options.isConsentRequired,
  });
  let closing: Promise<void> | undefined;

  return {
    async enqueue(payload, { source = 'conversion' } = {}) {
      const context = contextNow();
      const { entries, issues } = mapRecord(source, payload, context);
      if (issues.length > 0) throw new RefusedError(issues);
      await writer.write(entries);
      return entries.map(({ event }) => event);
    },
    async enqueueMany(payloads, { source = 'conversion' } = {}) {
      const context = contextNow();
      const entries: QueuedEvent[] = [];
      const rejected: { index: number; issues: readonly Issue[] }[] = [];
      payloads.forEach((payload, index) => {
        const mapped = mapRecord(source, payload, context);
        if (mapped.issues.length > 0) rejected.push({ index, issues: mapped.issues });
        entries.push(...mapped.entries);
      });
      await writer.write(entries);
      return { accepted: entries.length, rejected };
    },
    close() {
      closing ??= writer.close().then(() => connection.disconnect());
      return closing;
    },
  };
}
