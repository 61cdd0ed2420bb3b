/**
 * The receipts of a settled batch: one for each event that ended. PURE.
 *
 * Events of a run that lost its job are not reported here: the run that now has the job reports them.
 */
import type { Receipt } from '../telemetry/receipts/receipts.js';
import type { SettledEvent } from './settled-event.js';

export function receiptsOf(account: string, settled: readonly SettledEvent[]): Receipt[] {
  return settled.flatMap(({ event, outcome }): Receipt[] => {
    if (event.run.isLost) return [];
    const { clientDedupeId: id, eventType, facts } = event.held;
    const fields = { account, id, eventType, source: facts.source };
    switch (outcome.kind) {
      case 'delivered':
        return [{ ...fields, outcome: 'delivered', requestId: outcome.requestId }];
      case 'duplicate':
        return [{ ...fields, outcome: 'duplicate' }];
      case 'dead': {
        const { reason, detail } = outcome;
        return [{ ...fields, outcome: 'dead_letter', reason, requestId: detail.requestId }];
      }
      case 'retry':
      case 'wait':
        return [];
      default:
        return outcome satisfies never;
    }
  });
}
