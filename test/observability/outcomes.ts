/**
 * Causes everything that can happen to an event, once. Each step waits for the numbers in Prometheus, as this is what
 * an operator sees.
 */
import { Queue } from 'bullmq';
import { CONVERSIONS_QUEUE, prefixOf } from '../../src/queue/queue.js';
import { connectRedis } from '../../src/redis/connect.js';
import { idsFrom } from '../support/events.js';
import type { Observed } from '../support/observed.js';
import { run } from '../support/program.js';

const HOUR_MS = 3_600_000;

/** @param account one that also has other traffic */
export async function driveEveryOutcome(observed: Observed, account: string): Promise<void> {
  await duplicates(observed, account);
  await refusals(observed, account);
  await itemErrors(observed, account);
  await wholeAnswers(observed, account);
  await noAnswers(observed);
  await tokens(observed, account);
  await holds(observed, account);
  await somebodyElsesJob(observed, account);
  await lostWorker(observed, account);
  await peopleAtWork(observed, account);
}

async function duplicates(observed: Observed, account: string): Promise<void> {
  await observed.post(account, idsFrom('twice', 30));
  await observed.untilAtLeast(30, 'sum(capi_events_settled_total{outcome="delivered"})');
  await observed.post(account, idsFrom('twice', 30));
  await observed.untilAtLeast(30, 'sum(capi_events_settled_total{outcome="duplicate"})');
}

async function refusals(observed: Observed, account: string): Promise<void> {
  await observed.post(account, ['nowhere'], { countryCode: 'XX' });
  await observed.post(account, ['nobody'], { matchKeys: [{ type: 'PHONE', values: ['-'] }] });
  await observed.post(account, ['long ago'], { timestamp: new Date(Date.now() - 200 * HOUR_MS).toISOString() });
  await observed.untilAtLeast(3, 'sum(capi_events_refused_total)');
  await observed.postUnsigned();
  await observed.untilAtLeast(1, 'sum(capi_intake_requests_total{status="401"})');
}

async function itemErrors(observed: Observed, account: string): Promise<void> {
  await observed.addFault({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
  await observed.addFault({ kind: 'item_error', idHolds: 'again', code: 'INTERNAL_ERROR' });
  await observed.addFault({ kind: 'poison', idHolds: 'poison' });
  await observed.post(account, [...idsFrom('bad', 12), ...idsFrom('again', 3)]);
  // Only a batch of many events is given up before its faulty event is found. With short times workers may take small
  // batches.
  let round = 0;
  const rejectedBatch = 'sum(capi_dead_lettered_total{reason="rejected_batch"})';
  await observed.repeatUntilAtLeast(1, rejectedBatch, () =>
    observed.post(account, idsFrom(`poison-${(round += 1)}`, 100)),
  );
  await observed.untilAtLeast(12, 'sum(capi_dead_lettered_total{reason="rejected"})');
  await observed.untilAtLeast(1, 'sum(capi_event_retries_total{reason="item_error"})');
  await observed.clearFaults();
}

async function wholeAnswers(observed: Observed, account: string): Promise<void> {
  await observed.post(account, ['forbidden']);
  await under(observed, { kind: 'status', status: 403 }, 1, 'sum(capi_requests_total{status="403"})');
  await under(observed, { kind: 'status', status: 413 }, 1, 'sum(capi_requests_total{status="413"})');
  const throttling = { kind: 'status', status: 429, retryAfterSeconds: 1 };
  await under(observed, throttling, 3, 'sum(capi_requests_total{status="429"})');
  await observed.post(account, ['exhausted']);
  const exhausted = 'sum(capi_dead_lettered_total{reason="attempts_exhausted"})';
  await under(observed, { kind: 'poison', idHolds: 'exhausted', status: 503 }, 1, exhausted);
}

async function noAnswers(observed: Observed): Promise<void> {
  const requests = (status: string) => `sum(capi_requests_total{status="${status}"})`;
  await under(observed, { kind: 'latency', ms: 4_000 }, 1, requests('timeout'));
  await under(observed, { kind: 'drop' }, 1, requests('network'));
  await under(observed, { kind: 'status', status: 200, body: '<html>' }, 1, 'sum(capi_unknown_answers_total)');
  await under(observed, { kind: 'omit_items', count: 1 }, 1, 'sum(capi_event_retries_total{reason="unnamed"})');
}

/** The fault also affects other traffic, so it stays until Prometheus has seen it, not for a number of requests. */
async function under(observed: Observed, fault: object, least: number, query: string): Promise<void> {
  await observed.addFault(fault);
  await observed.untilAtLeast(least, query);
  await observed.clearFaults();
}

async function tokens(observed: Observed, account: string): Promise<void> {
  const refreshes = (result: string) => `sum(capi_token_refreshes_total{result="${result}"})`;
  await observed.expireTokens();
  await observed.untilAtLeast(1, 'sum(capi_requests_total{status="401"})');
  await observed.post(account, ['without token']);
  await observed.addFault({ kind: 'token_status', status: 500 });
  await observed.expireTokens();
  await observed.untilAtLeast(1, refreshes('failed'));
  await observed.clearFaults();
  await observed.untilAtLeast(3, refreshes('ok'));
}

/** Three kinds. One event is too old when the gate opens. */
async function holds(observed: Observed, account: string): Promise<void> {
  await observed.addFault({ kind: 'credentials', error: 'invalid_grant' });
  await observed.expireTokens();
  await observed.untilAtLeast(1, 'max(capi_account_held{reason="credentials_refused"})');
  const tooOldAt = await postJustYoung(observed, account);
  await observed.untilAtLeast(tooOldAt / 1000, 'vector(time())');
  await observed.clearFaults();
  await observed.untilAtLeast(1, 'sum(capi_dead_lettered_total{reason="expired"})');
  for (const [status, reason] of [
    [401, 'unauthorized'],
    [404, 'misconfigured'],
  ] as const) {
    await observed.addFault({ kind: 'status', status });
    await observed.untilAtLeast(1, `max(capi_account_held{reason="${reason}"})`);
    await observed.clearFaults();
    await observed.untilAtLeast(0, '0 - max(capi_account_held)');
  }
}

/**
 * Sends events until one is young enough when it arrives. On a busy machine the first may be too late.
 *
 * @returns when it is too old, epoch milliseconds
 */
async function postJustYoung(observed: Observed, account: string): Promise<number> {
  for (let leftMs = 2_000; leftMs < 60_000; leftMs += 2_000) {
    const tooOldAt = Date.now() + leftMs;
    const timestamp = new Date(tooOldAt - 168 * HOUR_MS).toISOString();
    const answer = await observed.post(account, ['too late'], { timestamp });
    if (answer.status === 202) return tooOldAt;
  }
  throw new Error('the intake takes a minute for an event');
}

async function somebodyElsesJob(observed: Observed, account: string): Promise<void> {
  await withQueue(observed, account, (queue) => queue.add('any', { hello: 'world' }));
  await observed.untilAtLeast(1, 'sum(capi_dead_lettered_total{reason="unreadable"})');
}

/** Killed while it has jobs. The other worker takes them over when their locks have expired. */
async function lostWorker(observed: Observed, account: string): Promise<void> {
  const [victim] = observed.workers.splice(0, 1);
  if (!victim) throw new Error('no worker to lose');
  await observed.addFault({ kind: 'latency', ms: 900 });
  await observed.post(account, idsFrom('lost', 200));
  await observed.untilAtLeast(1, 'sum(max by (account) (capi_queue_jobs{state="active"}))');
  await victim.end('SIGKILL');
  await observed.untilAtLeast(1, 'sum(capi_jobs_stalled_total)');
  await observed.clearFaults();
  await observed.startWorker(victim);
}

async function peopleAtWork(observed: Observed, account: string): Promise<void> {
  const letters = (...args: string[]) => run(['dead-letters', ...args, '--account', account], observed.environment);
  await letters('replay', '--reason', 'attempts_exhausted');
  await letters('replay', '--reason', 'forbidden');
  await letters('discard', '--reason', 'expired');
  await observed.untilAtLeast(1, 'max(capi_dead_letters_replayed_total)');
  await observed.untilAtLeast(1, 'max(capi_dead_letters_discarded_total)');
}

/** A stock BullMQ queue on the account's jobs, as another program's producer would open it. */
export async function withQueue<T>(observed: Observed, account: string, use: (queue: Queue) => Promise<T>): Promise<T> {
  const connection = connectRedis(observed.environment['REDIS_URL'] ?? '', 'patient', 'somebody-else');
  const queue = new Queue(CONVERSIONS_QUEUE, { connection, prefix: prefixOf(account) });
  try {
    return await use(queue);
  } finally {
    await queue.close();
    connection.disconnect();
  }
}
