/**
 * Causes faults, each until Prometheus shows its alerts firing, in an order in which none hides the next. The last ones
 * break Redis permanently.
 */
import type { RedisServer } from '../../scripts/redis.mjs';
import { keysOf } from '../../src/queue/queue.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { eventOf, idsFrom, queued } from '../support/events.js';
import type { Observed } from '../support/observed.js';
import { withQueue } from './outcomes.js';
import type { Traffic } from './traffic.js';

export interface Scene {
  readonly observed: Observed;
  readonly redis: RedisServer;
  readonly account: string;
  readonly traffic: Traffic;
}

interface Provocation {
  readonly alerts: readonly string[];
  readonly what: string;
  readonly provoke: (scene: Scene) => Promise<unknown>;
  readonly mend?: (scene: Scene) => Promise<unknown>;
}

const DAY_MS = 24 * 3_600_000;

/** Tested by `promtool test rules` only, with the reason. */
export const NOT_PROVOKED: ReadonlyMap<string, string> = new Map([
  ['CapiQueueGrowing', 'takes a queue of hours against the speed of a machine that drains it in seconds'],
  ['CapiJobsStalled', 'one lost worker is shown; losing one after the other for half an hour is not'],
  [
    'CapiLedgerWentBack',
    'Redis would lose what all panels show; test/redis/watching-ledger.test.ts takes it from Redis',
  ],
  [
    'CapiAccountWithoutWorker',
    'takes ten minutes without a worker; test/system/accounts-file.test.ts shows the metric',
  ],
  ['CapiClockOff', 'would take a process with another clock; test/system/shifting-clocks.test.ts has one'],
  ['CapiRunStuck', 'no way is known to make a run that does not end while others do'],
  [
    'CapiMatchKeyDropped',
    'compares with the week before the last day, which takes hours even where a minute is a second',
  ],
  [
    'CapiRefreshTokenExpiring',
    'Amazon’s rule is of 2026, so no token ends before June 2027; test/redis/refresh-tokens.test.ts shows the metric',
  ],
  ['CapiRefreshTokenExpiresSoon', 'the same'],
  ['CapiEventLoopLag', 'a process would have to be overloaded, and with it the machine that looks'],
  [
    'CapiSecretFileUnusable',
    'the intake that is watched has its keys in a setting; test/redis/health.test.ts shows it',
  ],
  ['CapiMetricsStale', 'a Redis that answers a ping in time and nothing else is not to be had'],
]);

export const PROVOCATIONS: readonly Provocation[] = [
  {
    alerts: ['CapiEventsRefused'],
    what: 'a shop sends orders from nowhere',
    provoke: async ({ observed, account }) => {
      for (let round = 0; round < 8; round += 1) {
        await observed.post(account, idsFrom(`nowhere-${round}`, 60), { countryCode: 'XX' });
      }
    },
  },
  {
    alerts: ['CapiWebhookSecretWrong'],
    what: 'the deliveries of a webhook have no good signature',
    provoke: async ({ observed }) => {
      for (let count = 0; count < 6; count += 1) await observed.postUnsigned();
    },
  },
  {
    alerts: ['CapiThrottled'],
    what: 'the sandbox answers every second request 429',
    provoke: ({ observed }) => observed.addFault({ kind: 'status', status: 429, retryAfterSeconds: 0, rate: 0.6 }),
    mend: ({ observed }) => observed.clearFaults(),
  },
  {
    alerts: ['CapiUnknownAnswers'],
    what: 'the sandbox answers 200 with a page of HTML',
    provoke: ({ observed }) => observed.addFault({ kind: 'status', status: 200, body: '<html>maintenance</html>' }),
    mend: ({ observed }) => observed.clearFaults(),
  },
  {
    alerts: ['CapiDeliveryFailingFast', 'CapiDeliveryFailingSlow', 'CapiDeadLettersGrowing'],
    what: 'the sandbox forbids every second event',
    provoke: ({ observed }) =>
      observed.addFault({ kind: 'item_error', idHolds: '', code: 'FORBIDDEN', status: 403, rate: 0.5 }),
    mend: ({ observed }) => observed.clearFaults(),
  },
  {
    alerts: ['CapiDeliveryLateFast', 'CapiDeliveryLateSlow'],
    what: 'events are delivered that were accepted an hour ago',
    provoke: ({ observed, account }) =>
      withQueue(observed, account, (queue) => {
        const enqueuedAt = Date.now() - 3_600_000;
        const jobs = Array.from({ length: 60 }, (_, job) =>
          idsFrom(`late-${job}`, 100).map((id) => queued(eventOf(id), { enqueuedAt })),
        );
        return queue.addBulk(jobs.map((events) => ({ name: 'any', data: { v: 1, events } })));
      }),
  },
  {
    alerts: ['CapiReconcileStale', 'CapiWebhooksLost'],
    what: 'a reconcile of two days ago brought in half of the orders',
    provoke: async ({ observed, redis, account }) => {
      await noteReconcile(redis, account, { orders: 100, enqueued: 1 });
      await observed.untilAtLeast(100, 'max(capi_reconcile_orders_total)');
      await noteReconcile(redis, account, { orders: 200, enqueued: 51 });
    },
    mend: ({ redis, account }) => onRedis(redis, (connection) => connection.del(keysOf(account).reconcile)),
  },
  {
    alerts: ['CapiTokenRefreshFailing'],
    what: 'the token endpoint answers 500',
    provoke: async ({ observed }) => {
      await observed.addFault({ kind: 'token_status', status: 500 });
      await observed.expireTokens();
    },
    mend: ({ observed }) => observed.clearFaults(),
  },
  {
    alerts: ['CapiAccountHeld'],
    what: 'the credentials are refused',
    provoke: async ({ observed }) => {
      await observed.addFault({ kind: 'credentials', error: 'invalid_grant' });
      await observed.expireTokens();
    },
    mend: async ({ observed }) => {
      await observed.clearFaults();
      await observed.untilAtLeast(0, '0 - max(capi_account_held)');
    },
  },
  {
    alerts: ['CapiDeadLettersOld'],
    what: 'a dead letter turns out to be two days old',
    provoke: ({ redis, account }) =>
      onRedis(redis, async (connection) => {
        for (const shelf of await connection.keys(`${keysOf(account).letters}*`)) {
          const [letter] = await connection.zrange(shelf, '0', '0');
          if (letter !== undefined) await connection.zadd(shelf, 'XX', Date.now() - 2 * DAY_MS, letter);
        }
      }),
  },
  {
    alerts: ['CapiForwarderDown', 'CapiQueueNotDraining'],
    what: 'all workers end, and events still come',
    provoke: ({ observed }) => Promise.all(observed.workers.map((worker) => worker.end())),
  },
  {
    alerts: ['CapiQueueOldestTooOld', 'CapiConversionsAtRisk'],
    what: 'a job turns out to have waited for five days',
    provoke: ({ observed, account, traffic }) =>
      traffic.stop().then(() =>
        withQueue(observed, account, async (queue) => {
          const data = { v: 1, events: [queued(eventOf('old'))] };
          // At the end from which jobs are taken, as it is the oldest.
          await queue.add('any', data, { timestamp: Date.now() - 5 * DAY_MS, lifo: true });
        }),
      ),
  },
  {
    alerts: ['CapiConservationBroken'],
    what: 'somebody removes a waiting job',
    provoke: ({ observed, account }) =>
      withQueue(observed, account, async (queue) => {
        for (const job of await queue.getJobs(['waiting', 'delayed'], 0, -1)) await job.remove();
      }),
  },
  {
    alerts: ['CapiRedisNotPersisting'],
    what: 'the snapshot of Redis cannot be written',
    provoke: ({ redis }) =>
      onRedis(redis, async (connection) => {
        await connection.config('SET', 'dir', '/proc');
        await connection.bgsave();
      }),
  },
  {
    alerts: ['CapiRedisMemoryHigh'],
    what: 'maxmemory is lowered to what Redis uses',
    provoke: ({ redis }) =>
      onRedis(redis, async (connection) => {
        const used = Number(/used_memory:(\d+)/.exec(await connection.info('memory'))?.[1]);
        await connection.config('SET', 'maxmemory', String(Math.round(used * 1.05)));
      }),
  },
  {
    alerts: ['CapiRedisEvicting'],
    what: 'Redis is told to throw keys away',
    provoke: ({ redis }) =>
      onRedis(redis, async (connection) => {
        await connection.config('SET', 'maxmemory-policy', 'allkeys-random');
        for (let key = 0; key < 40; key += 1) await connection.set(`fill-${key}`, 'x'.repeat(200_000));
      }),
  },
  {
    alerts: ['CapiRedisDown'],
    what: 'Redis ends',
    provoke: ({ redis }) => redis.kill(),
  },
];

/** As progress.ts and order-records.ts store it. */
function noteReconcile(
  redis: RedisServer,
  account: string,
  { orders, enqueued }: { readonly orders: number; readonly enqueued: number },
): Promise<void> {
  const fields = { ranAt: Date.now() - 2 * DAY_MS, orders, enqueued };
  return onRedis(redis, async (connection) => {
    for (const [field, value] of Object.entries(fields)) {
      await connection.hset(keysOf(account).reconcile, `shopify:${field}`, value);
    }
  });
}

async function onRedis(redis: RedisServer, use: (connection: RedisConnection) => Promise<unknown>): Promise<void> {
  const connection = connectRedis(redis.url, 'patient', 'provocation');
  try {
    await use(connection);
  } finally {
    connection.disconnect();
  }
}
