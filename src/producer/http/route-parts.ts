/** What the intake is made of, and what its routes share. */

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

/** What the routes work with. */
export interface RouteParts extends IntakeParts {
  readonly places: Places;
  /** Bodies of senders who are not known yet. */
  readonly bodies: OpenBodies;
  /** Hears of each write that Redis did not take. */
  readonly trouble: RedisTrouble;
}

/** Where events are looked up. */
export interface EventLookUp {
  readonly connection: RedisConnection;
  /** Those of this moment. */
  readonly accounts: () => readonly string[];
}

export interface IntakeParts {
  readonly host: string;
  readonly port: number;
  /** The keys of this moment. Undefined: whoever reaches the address may send; an empty list lets nobody in. */
  readonly apiKeys: (() => readonly ApiKey[]) | undefined;
  /** Whose webhooks are taken at the moment; nobody's of a platform that is not set up. */
  readonly webhookSenders: () => WebhookSenders;
  /** A writer an account: those of this moment. */
  readonly writers: Pick<AccountWriters, 'get'>;
  /** Given where events are accepted only for accounts that a worker serves. */
  readonly presence?: WorkerPresence | undefined;
  readonly contextOf: (account: string, nowMs: number) => MappingContext;
  /** The age of events and signatures goes by it. */
  readonly clock: RedisClock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Absent: Redis is filled until it refuses. */
  readonly memory?: MemoryGuard | undefined;
  /** Absent: no request is traced. */
  readonly tracing?: Tracing | undefined;
  /** Absent: no receipts of refusals are kept. */
  readonly receipts?: Receipts | undefined;
  /** Absent: what became of an event is not told here. */
  readonly lookUp?: EventLookUp | undefined;
  /** Requests of known senders at once; 256 unless given. */
  readonly inFlightMax?: number;
  readonly limits?: HttpLimits;
  /** Names that a keyless intake may be called by beside those of this machine. */
  readonly allowedHosts?: readonly string[];
}
