/**
 * Mapping on one core: payloads of a source to events, as on intake, each with its own customer.
 */
import { mapPayload, type Source } from '../../src/mapping/source.js';
import { serveTasks } from '../child.js';
import { PAYLOADS_AT_MS, payloadsOf } from '../source-payloads.js';

const PAYLOADS = 2_000;

/** @returns events per second */
async function map({ source, seconds }: { source: Source; seconds: number }): Promise<number> {
  const payloads = payloadsOf(source, PAYLOADS);
  const context = { nowMs: PAYLOADS_AT_MS, matchKeyRules: 'standard', maxEventAgeHours: 168 } as const;
  let events = 0;
  const startedAt = performance.now();
  let ms = 0;
  while (ms < seconds * 1000) {
    for (const payload of payloads) {
      for (const mapped of mapPayload(source, payload, context)) {
        if (!mapped.ok) throw new Error(`${source}: ${JSON.stringify(mapped.issues)}`);
        events += 1;
      }
    }
    ms = performance.now() - startedAt;
  }
  return (events / ms) * 1000;
}

serveTasks({ map });
