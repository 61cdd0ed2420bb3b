/**
 * The schedule: which fault happens when, to which part, and for how long. PURE: a seed always gives the same schedule.
 *
 * All kinds happen before any repeats (a shuffled deck, reshuffled when empty), so that a short run has every kind
 * once. Faults overlap: most last longer than the time to the next.
 */
import { Random } from './random.js';

export const WORKERS = 3;

/** Cables by the pairs that they connect. Each worker has two. */
export const LINES = [
  'client-intake',
  'intake-redis',
  ...Array.from({ length: WORKERS }, (_, worker) => [`worker${worker}-redis`, `worker${worker}-amazon`]).flat(),
] as const;

/** Least and most milliseconds that a fault lasts. 0 if it is over at once. */
export const TROUBLES = {
  worker_killed: [100, 1500],
  worker_frozen: [500, 3000],
  // Longer than a job stays locked: another worker takes over the jobs of a frozen one.
  worker_frozen_past_lock: [16_000, 18_000],
  workers_rolled: [0, 0],
  intake_killed: [100, 1500],
  redis_killed: [100, 2500],
  redis_killed_past_lock: [11_000, 14_000],
  redis_full: [500, 3000],
  redis_refuses: [500, 3000],
  // Longer than a job stays locked and longer than a connection waits for an answer.
  redis_hung_past_lock: [11_000, 14_000],
  locks_lost: [500, 2500],
  line_cut: [100, 2500],
  line_slow: [1000, 4000],
  line_held: [300, 4000],
  redis_line_held_past_lock: [11_000, 16_000],
  line_torn: [500, 1500],
  clock_jumped: [1000, 6000],
  tokens_expired: [0, 0],
  answers_401: [300, 1500],
  credentials_revoked: [500, 3000],
  answers_403: [0, 0],
  answers_429: [0, 0],
  answers_5xx: [500, 3000],
  // Longer than the attempts of an event would take.
  amazon_away: [12_000, 18_000],
  answers_unknown: [500, 2500],
  answers_lost: [500, 2500],
  answers_halved: [500, 2500],
  answers_slow: [1000, 4000],
  answers_late: [1000, 4000],
  items_omitted: [500, 2500],
  requests_dropped: [500, 2500],
  items_refused: [1000, 4000],
  requests_poisoned: [500, 2500],
  letters_replayed: [0, 0],
  replay_killed: [0, 0],
} as const satisfies Record<string, readonly [number, number]>;

export type Trouble = keyof typeof TROUBLES;

/** Those that take longer than all the others together. */
export const LONG_TROUBLES: readonly Trouble[] = [
  'worker_frozen_past_lock',
  'redis_killed_past_lock',
  'redis_line_held_past_lock',
  'redis_hung_past_lock',
  'amazon_away',
];

export interface Strike {
  readonly atMs: number;
  readonly trouble: Trouble;
  readonly forMs: number;
  readonly worker: number;
  readonly line: string;
  /** 0 to below 1, for any further random choice of a fault. */
  readonly chance: number;
}

interface Plan {
  readonly seed: number;
  readonly durationMs: number;
  /** Average time between two faults. */
  readonly everyMs: number;
  /** Faults that this run skips. */
  readonly without?: readonly Trouble[];
}

export function makeSchedule({ seed, durationMs, everyMs, without = [] }: Plan): Strike[] {
  const random = new Random(seed);
  const deck = (Object.keys(TROUBLES) as Trouble[]).filter((trouble) => !without.includes(trouble));
  const strikes: Strike[] = [];
  let left: Trouble[] = [];
  for (let atMs = everyMs; atMs < durationMs; atMs += random.between(everyMs / 2, everyMs * 1.5)) {
    if (left.length === 0) left = random.shuffled(deck);
    const trouble = left.pop();
    if (trouble === undefined) break;
    const [least, most] = TROUBLES[trouble];
    strikes.push({
      atMs: Math.round(atMs),
      trouble,
      forMs: random.between(least, most),
      worker: random.between(0, WORKERS - 1),
      line: LINES[random.between(0, LINES.length - 1)] ?? 'client-intake',
      chance: random.next(),
    });
  }
  return strikes;
}
