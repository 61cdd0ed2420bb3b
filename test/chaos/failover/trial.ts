/**
 * A failover trial: a load on the fleet, one fault of Redis in the middle of it, and the count at the end.
 *
 * Required: no acknowledged event is lost, every process recovers by itself, and `status` balances.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Crew } from './crew.js';

export interface TrialOptions {
  readonly redisUrl: string;
  readonly eventsPerSecond: number;
  /** How long events are sent after the fault started. */
  readonly loadMs: number;
  /** Resolves when the cause of the fault is over. */
  readonly strike: (crew: Crew) => Promise<void>;
  readonly settings?: Readonly<Record<string, string>>;
}

export interface TrialResult {
  readonly acknowledged: number;
  readonly eventsPerSecond: number;
  readonly lost: number;
  readonly twice: number;
  /** Requests that were not acknowledged and were sent again. */
  readonly unacknowledgedRequests: number;
  /** The longest time after the start without an acknowledgement, or without a request of one of the workers. */
  readonly secondsToRecover: number;
  readonly isBalanced: boolean;
  /** Log lines of the processes by event and code, for readers of the report. */
  readonly logged: Readonly<Record<string, number>>;
  /** Lines on stderr that are not log lines. */
  readonly noise: readonly string[];
}

const WARM_UP_MS = 2_000;
const SAMPLE_MS = 50;
const DRAIN_WITHIN_MS = 60_000;

export async function runTrial(options: TrialOptions): Promise<TrialResult> {
  const crew = await Crew.start(options.redisUrl, options.settings);
  try {
    const sending = crew.client.run(options.eventsPerSecond);
    await sleep(WARM_UP_MS);
    const before = crew.client.acknowledgedCount;
    const struckAt = Date.now();
    const watching = watchAcknowledgements(crew, struckAt + options.loadMs);
    await options.strike(crew);
    const acknowledgedAt = await watching;
    const endedAt = Date.now();
    const acknowledgedMeanwhile = crew.client.acknowledgedCount - before;
    crew.client.stop();
    await withinTime(sending, DRAIN_WITHIN_MS, 'not everything was acknowledged');
    const sentAt = await crew.sentAt();
    const gaps = [acknowledgedAt, ...sentAt].map((times) => longestGap(times, struckAt, endedAt));
    const { isBalanced } = await drained(crew);
    const count = await crew.count();
    return {
      ...count,
      eventsPerSecond: Math.round(acknowledgedMeanwhile / ((endedAt - struckAt) / 1000)),
      unacknowledgedRequests: crew.client.failures,
      secondsToRecover: Math.max(...gaps) / 1000,
      isBalanced,
      ...readLogs(crew),
    };
  } finally {
    await crew.stop();
  }
}

/** @returns the times at which the number of acknowledged events was seen to grow */
async function watchAcknowledgements({ client }: Crew, untilMs: number): Promise<number[]> {
  const times: number[] = [];
  for (let seen = client.acknowledgedCount; Date.now() < untilMs; await sleep(SAMPLE_MS)) {
    if (client.acknowledgedCount === seen) continue;
    seen = client.acknowledgedCount;
    times.push(Date.now());
  }
  return times;
}

function longestGap(times: readonly number[], fromMs: number, toMs: number): number {
  const inside = times.filter((time) => time > fromMs && time < toMs).toSorted((left, right) => left - right);
  const marks = [fromMs, ...inside, toMs];
  return Math.max(...marks.map((mark, place) => mark - (marks[place - 1] ?? mark)));
}

async function drained(crew: Crew): Promise<{ isBalanced: boolean }> {
  const deadline = Date.now() + DRAIN_WITHIN_MS;
  for (;;) {
    const status = await crew.status();
    if (status.isDrained) return status;
    if (Date.now() > deadline) throw new Error(`not drained in time: ${status.text}`);
    await sleep(500);
  }
}

async function withinTime(work: Promise<void>, withinMs: number, otherwise: string): Promise<void> {
  const late = new AbortController();
  const end = sleep(withinMs, 'late', { signal: late.signal }).catch(() => 'done');
  const first = await Promise.race([work, end]);
  late.abort();
  if (first === 'late') throw new Error(`${otherwise} in ${withinMs} ms`);
}

function readLogs(crew: Crew): Pick<TrialResult, 'logged' | 'noise'> {
  const logged: Record<string, number> = {};
  const noise: string[] = [];
  for (const line of crew.processes.flatMap(({ log }) => log.split('\n'))) {
    const told = /"level":(?:40|50).*"event":"([\w.]+)"/.exec(line);
    if (told) {
      const code = /"code":"(\w+)"/.exec(line)?.[1];
      const name = code === undefined ? String(told[1]) : `${told[1]} ${code}`;
      logged[name] = (logged[name] ?? 0) + 1;
    } else if (line !== '' && !line.startsWith('{')) noise.push(line);
  }
  return { logged, noise };
}
