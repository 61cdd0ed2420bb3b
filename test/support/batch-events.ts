/** Events in flight, as the batcher and its neighbours see them. */
import { eventsManagerV1 } from '../../src/amazon/wires/events-manager-v1.js';
import type { ConversionEvent } from '../../src/mapping/event.js';
import { holdEntry } from '../../src/queue/held-event.js';
import { batchEventOf } from '../../src/worker/batch-events.js';
import type { BatchEvent } from '../../src/worker/batcher.js';
import { JobRun } from '../../src/worker/job-run.js';
import { eventOf, queued } from './events.js';

const RUN = new JobRun({ id: '1', token: 'token', run: '1', addedAtMs: 0, settling: '' }, [], true);

export function batchEvent(id: string, overrides: Partial<ConversionEvent> = {}): BatchEvent {
  const entry = queued(eventOf(id, { timestamp: '2026-11-20T10:00:00.000Z', ...overrides }));
  return batchEventOf(RUN, holdEntry(entry), 0, eventsManagerV1);
}
