/** Events on their way, as the batcher and its neighbours see them. */
import { eventsManagerV1 as wire } from '../../src/amazon/wires/events-manager-v1.js';
import type { ConversionEvent } from '../../src/mapping/event.js';
import type { BatchEvent } from '../../src/worker/batcher.js';
import { JobRun } from '../../src/worker/job-run.js';
import { digestOf } from '../../src/worker/window.js';
import { eventOf, queued } from './events.js';

const RUN = new JobRun({ id: '1', token: 'token', run: '1', addedAtMs: 0 }, [], true);

export function batchEvent(id: string, overrides: Partial<ConversionEvent> = {}): BatchEvent {
  const entry = queued(eventOf(id, { timestamp: '2026-11-20T10:00:00.000Z', ...overrides }));
  const encoded = wire.encode(entry.event);
  return {
    entry,
    run: RUN,
    place: 0,
    encoded,
    bytes: Buffer.byteLength(encoded),
    timestampMs: Date.parse(entry.event.timestamp),
    digest: digestOf(id),
    followers: [],
  };
}
