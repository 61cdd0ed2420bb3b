/** An event and how its run ended. */
import type { Outcome } from '../mapping/outcome.js';
import type { BatchEvent } from './batcher.js';

export interface SettledEvent {
  readonly event: BatchEvent;
  readonly outcome: Outcome;
}
