/** A batch on its way to Amazon: what one step of its delivery leaves for the next. */
import type { Turn } from './gate.js';
import type { RequestPlan } from './request-plan.js';
import type { BatchName } from './send.js';

export interface Flight {
  readonly plan: RequestPlan;
  readonly turn: Turn;
  readonly name: BatchName;
  hasBeenTried: boolean;
  /** A token was refused: the same events are sent once more with a new one. */
  isRefusedOnce: boolean;
  failedRefreshes: number;
}
