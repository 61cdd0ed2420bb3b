/**
 * The library's public face: `import { createProducer } from 'amazon-capi-forwarder'`.
 */

export type { MappingContext } from './mapping/context.js';
export type { ConversionEvent, EventDraft } from './mapping/event.js';
export { hashMatchKey, type MatchKey, type MatchKeyRules, type MatchKeyType } from './mapping/match-key.js';
export type { Issue, Mapped } from './mapping/refusal.js';
export { mapPayload, type Source } from './mapping/source.js';
export {
  createProducer,
  type EnqueueOptions,
  type EnqueueReport,
  type Producer,
  type ProducerOptions,
  RefusedError,
} from './producer/producer.js';
