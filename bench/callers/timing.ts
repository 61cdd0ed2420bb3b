/**
 * Times calls that put events on a queue: many events per call, single calls one by one, and many callers at once.
 */
import { build } from 'hdr-histogram-js';
import type { EventDraft } from '../../src/index.js';
import { eventsOf } from '../payloads.js';

const EVENTS_PER_CALL = 1_000;

export interface Fill {
  readonly run: string;
  readonly count: number;
}

export interface Filled {
  /** Events per second of the calls only: the payloads are made beforehand. */
  readonly rate: number;
  readonly cpuMicrosPerEvent: number;
}

export interface Lone {
  readonly run: string;
  readonly calls: number;
}

export interface Timed {
  readonly p50Micros: number;
  readonly p99Micros: number;
}

export interface Together {
  readonly run: string;
  readonly callers: number;
  /** How often all of them call. */
  readonly times: number;
}

/** Calls of a thousand events, one after the other. */
export async function timeFill({ run, count }: Fill, put: (events: EventDraft[]) => Promise<unknown>): Promise<Filled> {
  let ms = 0;
  let cpuMicros = 0;
  for (let first = 0; first < count; first += EVENTS_PER_CALL) {
    const events = eventsOf(run, Math.min(EVENTS_PER_CALL, count - first), first);
    const before = process.cpuUsage();
    const startedAt = performance.now();
    await put(events);
    ms += performance.now() - startedAt;
    const used = process.cpuUsage(before);
    cpuMicros += used.user + used.system;
  }
  return { rate: (count / ms) * 1000, cpuMicrosPerEvent: cpuMicros / count };
}

/** Calls without any concurrent call. */
export async function timeAlone({ run, calls }: Lone, put: (event: EventDraft) => Promise<unknown>): Promise<Timed> {
  const nanos = build({ highestTrackableValue: 10_000_000_000, numberOfSignificantValueDigits: 3 });
  for (const event of eventsOf(run, calls)) {
    const startedAt = process.hrtime.bigint();
    await put(event);
    nanos.recordValue(Number(process.hrtime.bigint() - startedAt));
  }
  return { p50Micros: nanos.getValueAtPercentile(50) / 1000, p99Micros: nanos.getValueAtPercentile(99) / 1000 };
}

/** @returns calls per second of the calls only: all callers call at once, and again when the last is answered */
export async function timeTogether(
  { run, callers, times }: Together,
  put: (event: EventDraft) => Promise<unknown>,
): Promise<number> {
  let ms = 0;
  for (let time = 0; time < times; time += 1) {
    const events = eventsOf(run, callers, time * callers);
    const startedAt = performance.now();
    await Promise.all(events.map((event) => put(event)));
    ms += performance.now() - startedAt;
  }
  return ((callers * times) / ms) * 1000;
}
