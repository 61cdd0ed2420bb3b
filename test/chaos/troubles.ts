/**
 * The faults themselves: what each does to the fleet, and how it is undone. Each ends with a healthy part.
 *
 * Whatever keeps a worker from storing an answer is recorded in the journal. Nothing else may explain why an event was
 * sent again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CONVERSIONS_QUEUE, prefixOf } from '../../src/queue/queue.js';
import type { RedisConnection } from '../../src/redis/connect.js';
import { begin } from '../support/program.js';
import { withConnection } from './evidence.js';
import { ACCOUNT, type Fleet } from './fleet.js';
import type { Disturbed } from './journal.js';
import { type Strike, type Trouble, WORKERS } from './schedule.js';

type Act = (fleet: Fleet, strike: Strike) => Promise<void>;

const CLOCK_JUMP_MS = 20_000;
const ENDS_WITHIN_MS = 15_000;

const ACTS: Readonly<Record<Trouble, Act>> = {
  worker_killed: (fleet, { worker, forMs }) =>
    onWorker(fleet, worker, 'killed', async () => {
      await fleet.workers[worker]?.end('SIGKILL');
      await sleep(forMs);
      await fleet.startWorker(worker);
    }),
  worker_frozen: freeze,
  worker_frozen_past_lock: freeze,
  workers_rolled: async (fleet) => {
    for (let worker = 0; worker < WORKERS; worker += 1) {
      await onWorker(fleet, worker, 'rolled', async () => {
        await endInTime(fleet, worker);
        await fleet.startWorker(worker);
      });
    }
  },
  intake_killed: (fleet, { forMs }) =>
    fleet.inTurn('intake', async () => {
      await fleet.intake?.end('SIGKILL');
      await sleep(forMs);
      await fleet.startIntake();
    }),
  redis_killed: killRedis,
  redis_killed_past_lock: killRedis,
  redis_full: (fleet, { forMs }) =>
    onRedis(fleet, 'full', async () => {
      await withRedis(fleet, (redis) => redis.call('CONFIG', 'SET', 'maxmemory', '1mb'));
      await sleep(forMs);
      await withRedis(fleet, (redis) => redis.call('CONFIG', 'SET', 'maxmemory', '0'));
    }),
  redis_refuses: (fleet, { forMs }) =>
    onRedis(fleet, 'refusing', async () => {
      await withRedis(fleet, (redis) => redis.call('CONFIG', 'SET', 'min-replicas-to-write', '9'));
      await sleep(forMs);
      await withRedis(fleet, (redis) => redis.call('CONFIG', 'SET', 'min-replicas-to-write', '0'));
    }),
  redis_hung_past_lock: (fleet, { forMs }) => onRedis(fleet, 'hung', () => fleet.redis.hangFor(forMs)),
  locks_lost: (fleet, { forMs }) => onRedis(fleet, 'without its locks', () => loseLocks(fleet, forMs)),
  line_cut: (fleet, strike) => onLine(fleet, strike, 'cut', (cable) => cable.cut()),
  line_slow: (fleet, strike) =>
    onLine(fleet, strike, 'slow', (cable) => cable.slow(20 + Math.round(strike.chance * 200))),
  line_held: (fleet, strike) => onLine(fleet, strike, 'held', (cable) => cable.hold()),
  redis_line_held_past_lock: (fleet, strike) =>
    onLine(fleet, { ...strike, line: `worker${strike.worker}-redis` }, 'held', (cable) => cable.hold()),
  line_torn: (fleet, strike) => onLine(fleet, strike, 'torn', (cable) => cable.tear(1 + Math.round(strike.chance * 3))),
  clock_jumped: (fleet, { worker, forMs, chance }) =>
    fleet.inTurn(`clock${worker}`, async () => {
      fleet.setClock(worker, Math.round((2 * chance - 1) * CLOCK_JUMP_MS));
      await sleep(forMs);
      fleet.setClock(worker, 0);
    }),
  tokens_expired: (fleet) => fleet.post('/sandbox/expire-tokens', {}),
  answers_401: faulty(() => ({ kind: 'status', status: 401 })),
  credentials_revoked: async (fleet, strike) => {
    await fleet.post('/sandbox/expire-tokens', {});
    await faulty(() => ({ kind: 'credentials', error: 'invalid_grant' }))(fleet, strike);
  },
  answers_403: (fleet) => fleet.post('/sandbox/faults', { kind: 'status', status: 403, times: 1 }),
  answers_429: (fleet, { chance }) =>
    fleet.post('/sandbox/faults', { kind: 'status', status: 429, retryAfterSeconds: 0.2 + 2 * chance, times: 1 }),
  answers_5xx: faulty(({ chance }) => ({ kind: 'status', status: chance < 0.5 ? 500 : 503, rate: 0.6 })),
  amazon_away: faulty(() => ({ kind: 'status', status: 503 })),
  answers_unknown: faulty(() => ({ kind: 'status', status: 200, body: '<html>maintenance</html>', rate: 0.5 })),
  answers_lost: faulty(() => ({ kind: 'lose_answer', rate: 0.5 })),
  answers_halved: faulty(() => ({ kind: 'half_answer', rate: 0.5 })),
  answers_slow: faulty(({ chance }) => ({ kind: 'slow_answer', ms: 200 + Math.round(2500 * chance), rate: 0.5 })),
  answers_late: faulty(({ chance }) => ({ kind: 'latency', ms: 200 + Math.round(2500 * chance), rate: 0.5 })),
  items_omitted: faulty(({ chance }) => ({ kind: 'omit_items', count: 1 + Math.round(chance * 20), rate: 0.5 })),
  requests_dropped: faulty(() => ({ kind: 'drop', rate: 0.5 })),
  items_refused: faulty(() => ({ kind: 'item_error', idHolds: '7', code: 'INVALID_INPUT', rate: 0.3 })),
  requests_poisoned: faulty(() => ({ kind: 'poison', idHolds: '99' })),
  letters_replayed: (fleet) => replay(fleet, undefined),
  replay_killed: (fleet, { chance }) => replay(fleet, Math.round(chance * 600)),
};

/** Causes a fault. Resolves when it is over. */
export async function strikeFleet(fleet: Fleet, strike: Strike): Promise<void> {
  const { trouble, worker, line, forMs } = strike;
  fleet.journal.note(`${trouble} worker${worker} ${line} ${forMs} ms`);
  await ACTS[trouble](fleet, strike);
}

function freeze(fleet: Fleet, { worker, forMs }: Strike): Promise<void> {
  return onWorker(fleet, worker, 'frozen', async () => {
    const program = fleet.workers[worker];
    program?.child.kill('SIGSTOP');
    await sleep(forMs);
    program?.child.kill('SIGCONT');
  });
}

/** A worker that is told to stop ends within about SHUTDOWN_TIMEOUT_MS, whatever else is broken. */
async function endInTime(fleet: Fleet, worker: number): Promise<void> {
  const program = fleet.workers[worker];
  if (!program) return;
  const isEnded = await Promise.race([program.end('SIGTERM').then(() => true), sleep(ENDS_WITHIN_MS, false)]);
  if (isEnded) return;
  fleet.journal.complaints.push(`worker${worker} did not end within ${ENDS_WITHIN_MS} ms of SIGTERM`);
  await program.end('SIGKILL');
}

function killRedis(fleet: Fleet, { forMs }: Strike): Promise<void> {
  return onRedis(fleet, 'killed', () => fleet.redis.killFor(forMs));
}

/** Every active job loses its lock repeatedly, in any phase of its run. */
async function loseLocks(fleet: Fleet, forMs: number): Promise<void> {
  const jobs = `${prefixOf(ACCOUNT)}:${CONVERSIONS_QUEUE}`;
  const deadline = performance.now() + forMs;
  await withRedis(fleet, async (redis) => {
    while (performance.now() < deadline) {
      const ids = await redis.lrange(`${jobs}:active`, 0, -1);
      await Promise.all(ids.map((id) => redis.del(`${jobs}:${id}:lock`)));
      await sleep(100);
    }
  });
}

function faulty(faultOf: (strike: Strike) => object): Act {
  return (fleet, strike) =>
    // The sandbox clears all its faults at once, so long ones run one after the other.
    fleet.inTurn('sandbox', async () => {
      await fleet.post('/sandbox/faults', faultOf(strike));
      await sleep(strike.forMs);
      await fleet.clearFaults();
    });
}

async function replay(fleet: Fleet, killAfterMs: number | undefined): Promise<void> {
  const { child, ended } = begin(['dead-letters', 'replay', '--all', '--json'], fleet.environment);
  if (killAfterMs !== undefined) {
    await Promise.race([ended, sleep(killAfterMs)]);
    child.kill('SIGKILL');
  }
  const { stdout } = await ended;
  fleet.journal.note(
    `replay ${killAfterMs === undefined ? 'said' : 'was killed and said'} ${stdout.trim() || 'nothing'}`,
  );
}

function onWorker(fleet: Fleet, worker: number, what: string, act: () => Promise<void>): Promise<void> {
  return fleet.inTurn(`worker${worker}`, () => disturbing(fleet, `worker${worker}`, what, act));
}

function onRedis(fleet: Fleet, what: string, act: () => Promise<void>): Promise<void> {
  return fleet.inTurn('redis', () => disturbing(fleet, 'redis', what, act));
}

function onLine(
  fleet: Fleet,
  { line, forMs }: Strike,
  what: string,
  act: (cable: ReturnType<Fleet['cable']>) => Promise<void> | void,
): Promise<void> {
  if (!fleet.cables.has(line)) return onRedisInstead(fleet, what, forMs);
  return fleet.inTurn(line, async () => {
    const cable = fleet.cable(line);
    const during = async () => {
      await act(cable);
      await sleep(forMs);
      await cable.mend();
    };
    // A broken connection to Amazon loses answers, which the sandbox and the worker report themselves.
    const [, whom] = /^(worker\d)-redis$/.exec(line) ?? [];
    await (whom === undefined ? during() : disturbing(fleet, whom as Disturbed, `line to Redis ${what}`, during));
  });
}

/** Processes without a cable to Redis: the fault is applied to Redis itself. */
function onRedisInstead(fleet: Fleet, what: string, forMs: number): Promise<void> {
  if (what === 'held') return onRedis(fleet, 'hung', () => fleet.redis.hangFor(forMs));
  if (what === 'cut') return onRedis(fleet, 'replaced', () => fleet.redis.failOver());
  return Promise.resolve();
}

async function disturbing(fleet: Fleet, whom: Disturbed, what: string, act: () => Promise<void>): Promise<void> {
  const end = fleet.journal.begin(whom, what);
  // Faults of Redis wait for each other. Only this line shows when one really starts.
  if (whom === 'redis') fleet.journal.note(`  redis is ${what}`);
  await act();
  if (whom === 'redis') fleet.journal.note(`  redis is no longer ${what}`);
  end();
}

function withRedis(fleet: Fleet, act: (redis: RedisConnection) => Promise<unknown>): Promise<unknown> {
  return withConnection(fleet.redisUrl, act);
}
