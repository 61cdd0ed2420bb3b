/**
 * A program that uses our library. It puts events on the queue in the ways a shop does.
 */
import { createProducer } from '../../src/index.js';
import { readConfig, serveTasks } from '../child.js';
import { eventOf, eventsOf } from '../payloads.js';
import { timedId } from '../timed-id.js';
import { type Fill, type Lone, type Together, timeAlone, timeFill, timeTogether } from './timing.js';

const TICK_MS = 5;

export interface Pace {
  readonly run: string;
  /** Events per second. */
  readonly rate: number;
  readonly seconds: number;
}

const { redisUrl, ackReplicas } = readConfig() as { redisUrl: string; ackReplicas?: number };
const producer = createProducer({ redisUrl, ackReplicas });

/** A steady rate: each event is enqueued when it is due, whether or not earlier ones are done. @returns how many */
async function pace({ run, rate, seconds }: Pace): Promise<number> {
  const drafts = eventsOf(run, 1_000);
  const total = Math.round(rate * seconds);
  let lastCall: Promise<unknown> = Promise.resolve();
  const startedAt = performance.now();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * rate));
    for (; sent < due; sent += 1) {
      const draft = drafts[sent % drafts.length] ?? eventOf(run, sent);
      // A producer writes in order, so the last call is the last to finish.
      lastCall = producer.enqueue({ ...draft, clientDedupeId: timedId(run, sent) });
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await lastCall;
  return total;
}

serveTasks({
  fill: (input: Fill) => timeFill(input, (events) => producer.enqueueMany(events)),
  lone: (input: Lone) => timeAlone(input, (event) => producer.enqueue(event)),
  together: (input: Together) => timeTogether(input, (event) => producer.enqueue(event)),
  pace,
});
