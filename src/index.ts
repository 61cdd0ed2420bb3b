/**
 * The public API of the library: `import { createProducer } from 'amazon-capi-forwarder'`. How to use it in a shop:
 * docs/library.md. Anything that is not exported here may change at any time.
 */

export type { MappingContext } from './mapping/context.js';
export {
  type ConversionEvent,
  EVENT_ACTION_SOURCES,
  EVENT_TYPES,
  type EventActionSource,
  type EventDraft,
  type EventType,
} from './mapping/event.js';
export {
  type HashedMatchKeyType,
  MATCH_KEY_RULES,
  MATCH_KEY_TYPES,
  type MatchKey,
  type MatchKeyRules,
  type MatchKeyRulesChoice,
  type MatchKeyType,
} from './mapping/match-key.js';
export type { Issue, Mapped, RefusalReason } from './mapping/refusal.js';
export { SOURCES, type Source } from './mapping/source.js';
export type { Order } from './mapping/sources/order.js';
export { ProducerClosedError, ProducerOptionsError, RefusedError } from './producer/errors.js';
export { hashMatchKey, mapPayload, normaliseMatchKey } from './producer/mapping-calls.js';
export {
  createProducer,
  type EnqueueOptions,
  type EnqueueReport,
  type PayloadOf,
  type Producer,
  type Rejection,
} from './producer/producer.js';
export type { ProducerOptions } from './producer/producer-options.js';
export { QueueUnavailableError } from './queue/queue-unavailable-error.js';
