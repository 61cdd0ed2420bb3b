/** The parts of the intake that its routes share. */

import type { HttpLimits } from '../../http/limits.js';
import type { OpenBodies } from '../../http/open-bodies.js';
import type { MappingContext } from '../../mapping/context.js';
import type { WorkerPresence } from '../../queue/worker-presence.js';
import type { RedisClock } from '../../redis/clock.js';
import type { RedisConnection } from '../../redis/connect.js';
import type { RedisTrouble } from '../../redis/trouble.js';
import type { WebhookSenders } from '../../settings/webhook-senders.js';
import type { Logger } from '../../telemetry/log.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Receipts } from '../../telemetry/receipts/receipts.js';
import type { Tracing } from '../../telemetry/tracing/tracing.js';
import type { AccountWriters } from '../account-writers.js';
import type { MemoryGuard } from '../memory-guard.js';
import type { ApiKey } from './api-keys.js';
import type { Places } from './places.js';

/** What the routes need. */
export interface RouteOptions extends IntakeOptions {
  readonly places: Places;
  /** Bodies of senders who are not known yet. */
  readonly bodies: OpenBodies;
  /** Is notified of each write that Redis did not take. */
  readonly trouble: RedisTrouble;
}

/** Where events are looked up. */
export interface EventLookUp {
  readonly connection: RedisConnection;
  /** The current accounts. */
  readonly accounts: () => readonly string[];
}

export interface IntakeOptions {
  readonly host: string;
  readonly port: number;
  /** The current keys. Undefined: everybody who reaches the address may send. An empty list lets nobody in. */
  readonly apiKeys: (() => readonly ApiKey[]) | undefined;
  /** The current senders of webhooks. Empty for a platform that is not set up. */
  readonly webhookSenders: () => WebhookSenders;
  /** The current writers, one per account. */
  readonly writers: Pick<AccountWriters, 'get'>;
  /** Set if events are accepted only for accounts that a worker serves. */
  readonly presence?: WorkerPresence | undefined;
  readonly contextOf: (account: string, nowMs: number) => MappingContext;
  /** The time for the age of events and signatures. */
  readonly clock: RedisClock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** If absent, Redis is filled until it refuses writes. */
  readonly memory?: MemoryGuard | undefined;
  /** If absent, requests are not traced. */
  readonly tracing?: Tracing | undefined;
  /** If absent, refusals get no receipts. */
  readonly receipts?: Receipts | undefined;
  /** If absent, events cannot be looked up here. */
  readonly lookUp?: EventLookUp | undefined;
  /** Concurrent requests of known senders. Default 256. */
  readonly inFlightMax?: number;
  readonly limits?: HttpLimits;
  /** Host names allowed for an intake without keys, besides those of this machine. */
  readonly allowedHosts?: readonly string[];
}
