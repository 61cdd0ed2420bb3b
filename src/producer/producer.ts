/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The library: `createProducer` for programs that put conversions on the queue themselves.
 *
 * Events are mapped, hashed and checked here, before anything is written. Refused events never reach Redis, and
 * plaintext personal data never leaves the caller's memory.
 */
import type { MappingContext } from '../mapping/context.js';
import type { ConversionEvent, EventDraft } from '../mapping/event.js';
import type { Issue, RefusalReason, RefusedEvent } from '../mapping/refusal.js';
import type { Source } from '../mapping/source.js';
import type { Order } from '../mapping/sources/order.js';
import { openWrites } from '../queue/open-writes.js';
import type { NewEvent } from '../queue/pack-jobs.js';
import { keysOf } from '../queue/queue.js';
import { QueueUnavailableError } from '../queue/queue-unavailable-error.js';
import type { ScriptWrites } from '../queue/script-writes.js';
import { connectRedis, type RedisConnection } from '../redis/connect.js';
import { demandList, demandPayload, sourceOf } from './call-arguments.js';
import { ProducerClosedError, RefusedError } from './errors.js';
import { EventWriter } from './event-writer.js';
import { ProducerClock } from './producer-clock.js';
import { type CheckedOptions, type ProducerOptions, readOptions } from './producer-options.js';
import { mapRecord } from './records.js';

/** The type of a source's payload, as far as we define it. */
export type PayloadOf<S extends Source> = S extends 'conversion' ? EventDraft : S extends 'order' ? Order : object;

export interface EnqueueOptions<S extends Source = Source> {
  /** The payload's format; `conversion` (the event itself) unless given. */
  readonly source?: S | undefined;
}

export interface Rejection {
  /** The payload's place in the call. */
  readonly index: number;
  readonly reason: RefusalReason;
  readonly issues: readonly Issue[];
}

export interface EnqueueReport {
  /** Events now in Redis. A GA4 body may hold several, so this is not always the number of payloads. */
  readonly accepted: number;
  readonly rejected: readonly Rejection[];
}

/**
 * Puts conversions on an account's queue. Create one for the life of the process: it holds one connection, and
 * concurrent calls share writes.
 */
export interface Producer {
  /**
   * Resolves with the events of the payload (usually one, match keys hashed) when they are in Redis.
   *
   * @throws RefusedError if the payload cannot be forwarded: do not retry
   * @throws QueueUnavailableError if Redis is down or refuses, within a few seconds: keep the payload, retry
   * @throws ProducerClosedError after `close`
   * @throws TypeError if an argument is wrong, such as an unknown `source` or a promise as the payload
   */
  enqueue<S extends Source = 'conversion'>(
    payload: PayloadOf<S>,
    options?: EnqueueOptions<S>,
  ): Promise<readonly ConversionEvent[]>;
  /**
   * Queues the valid payloads and reports the others. Thousands at once are fine.
   *
   * @throws the same errors, except RefusedError. After an error, enqueue all of them again: those that were already
   * queued are delivered once
   */
  enqueueMany<S extends Source = 'conversion'>(
    payloads: readonly PayloadOf<S>[],
    options?: EnqueueOptions<S>,
  ): Promise<EnqueueReport>;
  /** Waits for writes in flight, then disconnects. May be called any number of times. */
  close(): Promise<void>;
  /** `await using producer = createProducer()` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a producer. It connects by itself, now and after every outage; no error of Redis ends the process.
 *
 * @throws ProducerOptionsError naming every option that cannot work
 * @example
 * const producer = createProducer({ redisUrl: 'redis://127.0.0.1:6379', defaultCountry: 'US' });
 * await producer.enqueue(
 *   {
 *     id: '1001',
 *     createdAt: '2026-11-20T10:00:00Z',
 *     total: '129.90',
 *     currency: 'USD',
 *     channel: 'web',
 *     items: [{ sku: 'A-1', quantity: 2 }],
 *     customer: { email: 'jane@example.com' },
 *   },
 *   { source: 'order' },
 * );
 * await producer.close();
 */
export function createProducer(options: ProducerOptions = {}): Producer {
  const queue = new ProducerQueue(readOptions(options));
  return {
    enqueue: (payload, call) => queue.enqueue(payload, call),
    enqueueMany: (payloads, call) => queue.enqueueMany(payloads, call),
    close: () => queue.close(),
    [Symbol.asyncDispose]: () => queue.close(),
  };
}

/** Maps payloads and writes their events to the account's queue. */
class ProducerQueue {
  readonly #options: CheckedOptions;
  readonly #connection: RedisConnection;
  readonly #writes: ScriptWrites;
  readonly #writer: EventWriter;
  readonly #clock: ProducerClock;
  #closing: Promise<void> | undefined;

  constructor(options: CheckedOptions) {
    this.#options = options;
    const { account, eventsPerJob, acknowledgement } = options;
    this.#connection = connectRedis(options.redisUrl, 'prompt', 'capi-producer');
    // Each call rejects with its own error. An outage must not end the caller's process.
    this.#connection.on('error', () => undefined);
    this.#writes = openWrites(this.#connection, acknowledgement);
    this.#writer = new EventWriter({
      account,
      connection: this.#connection,
      writes: this.#writes,
      eventsPerJob,
      isBulk: true,
    });
    this.#clock = new ProducerClock(this.#connection, keysOf(account).ledger);
  }

  async enqueue(payload: object, options: EnqueueOptions | undefined): Promise<readonly ConversionEvent[]> {
    const source = sourceOf(options);
    demandPayload(payload);
    if (this.#closing) throw new ProducerClosedError();
    const asking = this.#clock.refresh();
    if (asking) await asking;
    const { entries, issues, refusals } = mapRecord(source, payload, this.#contextNow());
    const [refusal] = refusals;
    if (refusal) {
      void this.#writer.noteRefused(source, refusals);
      throw new RefusedError(refusal.reason, issues);
    }
    await this.#writer.write(entries).catch(throwUnavailable);
    return entries.map(({ event }) => event);
  }

  async enqueueMany(payloads: readonly object[], options: EnqueueOptions | undefined): Promise<EnqueueReport> {
    const source = sourceOf(options);
    demandList(payloads);
    if (this.#closing) throw new ProducerClosedError();
    const asking = this.#clock.refresh();
    if (asking) await asking;
    const context = this.#contextNow();
    const rejected: Rejection[] = [];
    const written: Promise<void>[] = [];
    let accepted = 0;
    const { eventsPerJob } = this.#options;
    for (let start = 0; start < payloads.length; start += eventsPerJob) {
      const entries: NewEvent[] = [];
      const refusals: RefusedEvent[] = [];
      payloads.slice(start, start + eventsPerJob).forEach((payload, place) => {
        const mapped = mapRecord(source, payload, context);
        const [refusal] = mapped.refusals;
        if (refusal) {
          rejected.push({ index: start + place, reason: refusal.reason, issues: mapped.issues });
          refusals.push(...mapped.refusals);
        }
        for (const entry of mapped.entries) entries.push(entry);
      });
      accepted += entries.length;
      // Redis works on these while the next are mapped.
      const writing = this.#writer.write(entries);
      // If a payload's own getter throws before we await this, a rejection by Redis must not end the process.
      writing.catch(() => undefined);
      written.push(writing);
      if (refusals.length > 0) written.push(this.#writer.noteRefused(source, refusals));
    }
    await Promise.all(written).catch(throwUnavailable);
    return { accepted, rejected };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Earlier calls have started their writes by then.
    await this.#clock.asking;
    try {
      await this.#writer.close();
    } finally {
      this.#writes.close();
      this.#connection.disconnect();
    }
  }

  #contextNow(): MappingContext {
    return contextOf(this.#options, this.#clock.nowMs());
  }
}

function contextOf(options: CheckedOptions, nowMs: number): MappingContext {
  const { matchKeyRules, defaultCountry, dedupeIds, maxEventAgeHours, isConsentRequired, isIpAddressKept } = options;
  return {
    nowMs,
    matchKeyRules,
    defaultCountry,
    dedupeIds,
    maxEventAgeHours,
    isConsentRequired,
    isConsentRequiredByCountry: options.consentRequiredBy === 'account-or-country',
    isIpAddressKept,
  };
}

/** A write only talks to Redis, so every error is Redis's: down, too slow, full, or refusing. */
function throwUnavailable(error: unknown): never {
  if (error instanceof QueueUnavailableError) throw error;
  const said = error instanceof Error ? error.message : String(error);
  throw new QueueUnavailableError(`Redis did not take it (${said}): nothing was acknowledged, enqueue it again`, {
    cause: error,
  });
}
