/**
 * Evidence of a run: what Redis, the sandbox and the metrics say when nothing is queued. They are asked directly,
 * without the cables.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { LetterStore } from '../../src/dead-letters/store.js';
import { readAccountState } from '../../src/queue/account-state.js';
import { type Balance, balanceOf, countQueuedEvents } from '../../src/queue/balance.js';
import { readQueuedJobs } from '../../src/queue/queued-jobs.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { ACCOUNT, type Fleet } from './fleet.js';
import type { Evidence } from './verdict.js';

export interface Books {
  readonly balance: Balance;
  readonly failedJobs: number;
  readonly otherJobs: number;
  readonly letters: number;
  readonly lettersByLedger: number;
  /** The letters in the lists of dead letters. */
  readonly lettersListed: number;
  readonly metrics: {
    readonly delivered: number;
    readonly enqueued: number;
    readonly queued: number;
    readonly letters: number;
  };
}

const receivedSchema = z.array(z.object({ id: z.string(), counted: z.number(), isSameContent: z.boolean() }));
const requestsSchema = z.array(
  z.object({
    requestId: z.string(),
    client: z.string(),
    arrivedMs: z.number(),
    endedMs: z.number().optional(),
    accepted: z.array(z.string()),
    omitted: z.array(z.string()),
  }),
);

/** Waits until nothing is queued. @returns what is still queued if the time was too short */
export function drain(redisUrl: string, withinMs: number): Promise<string | undefined> {
  return withConnection(redisUrl, async (connection) => {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const { queuedEvents, jobs, gate } = await readAccountState(ACCOUNT, connection);
      const isQuiet = queuedEvents === 0 && Object.values(jobs).every((count) => count === 0);
      if (isQuiet) return undefined;
      if (Date.now() > deadline) {
        return `not drained in ${withinMs} ms: ${JSON.stringify({ queuedEvents, jobs, gate })}`;
      }
      await sleep(100);
    }
  });
}

/** Waits until no worker holds a run. @returns the age of the oldest remaining one, seconds */
export async function oldestRunSeconds(fleet: Fleet, withinMs: number): Promise<number> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const pages = await Promise.all(fleet.metricsUrls.map(async (url) => (await fetch(url)).text()));
    const ages = pages.flatMap((page) =>
      [...page.matchAll(/^capi_oldest_run_seconds\{[^}]*\} (\S+)$/gm)].map(([, age]) => Number(age)),
    );
    const oldest = Math.max(0, ...ages);
    if (oldest === 0 || Date.now() > deadline) return oldest;
    await sleep(200);
  }
}

/**
 * The counts, read again until the gauges match Redis at the same moment: a busy machine answers a scrape with older
 * values (http/health.ts). Remaining differences are reported.
 */
export async function readBooksOfOneMoment(fleet: Fleet, withinMs: number): Promise<Books> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const books = await readBooks(fleet);
    const { metrics, balance, letters } = books;
    const isTold = metrics.queued === balance.queued && metrics.letters === letters;
    if (isTold) return books;
    if (Date.now() > deadline) {
      await noteGauges(fleet);
      return books;
    }
    await sleep(500);
  }
}

/** What the first process says of its own readings of Redis. */
async function noteGauges({ metricsUrls: [url = ''], journal }: Fleet): Promise<void> {
  const page = await (await fetch(url)).text();
  for (const [line] of page.matchAll(
    /^capi_(?:redis_up|collection|conservation|ledger_events|queue_|dead_letters\{).*$/gm,
  ))
    journal.note(line);
}

export function readBooks(fleet: Fleet): Promise<Books> {
  return withConnection(fleet.redisUrl, async (connection) => {
    const { ledger, jobs, deadLetters } = await readAccountState(ACCOUNT, connection);
    const balance = balanceOf(ledger, await countQueuedEvents(ACCOUNT, connection));
    const letters = await letterIds(connection);
    const { failed, ...others } = jobs;
    const pages = await Promise.all(fleet.metricsUrls.map(async (url) => (await fetch(url)).text()));
    return {
      balance,
      failedJobs: failed,
      otherJobs: Object.values(others).reduce((sum, count) => sum + count, 0),
      letters: letters.length,
      lettersByLedger: ledger.dead_lettered - ledger.replayed - ledger.discarded,
      lettersListed: Object.values(deadLetters).reduce((sum, count) => sum + count, 0),
      metrics: {
        delivered: sumOf(pages, /^capi_events_settled_total\{[^}]*outcome="delivered"[^}]*\} (\S+)$/gm),
        enqueued: sumOf(pages, /^capi_events_enqueued_total\{[^}]*\} (\S+)$/gm),
        // The same in every replica.
        queued: sumOf(pages.slice(0, 1), /^capi_queue_events\{[^}]*\} (\S+)$/gm),
        letters: sumOf(pages.slice(0, 1), /^capi_dead_letters\{[^}]*\} (\S+)$/gm),
      },
    };
  });
}

export async function gatherEvidence(fleet: Fleet, acknowledged: ReadonlySet<string>): Promise<Evidence> {
  const [received, requests, deadLetters, queued] = await Promise.all([
    fetchJson(`${fleet.sandboxUrl}/sandbox/received`, receivedSchema),
    fetchJson(`${fleet.sandboxUrl}/sandbox/requests`, requestsSchema),
    withConnection(fleet.redisUrl, letterIds),
    withConnection(fleet.redisUrl, queuedIds),
  ]);
  return {
    acknowledged,
    received,
    requests,
    deadLetters: new Set(deadLetters),
    queued: new Set(queued),
    read: fleet.journal.read,
    disturbances: fleet.journal.disturbances,
  };
}

async function letterIds(connection: RedisConnection): Promise<string[]> {
  const ids: string[] = [];
  for await (const { event } of new LetterStore(ACCOUNT, connection).find({})) ids.push(event?.clientDedupeId ?? '');
  return ids;
}

const jobSchema = z.object({ events: z.array(z.object({ event: z.object({ clientDedupeId: z.string() }) })) });

/** For a run that did not drain. */
async function queuedIds(connection: RedisConnection): Promise<string[]> {
  const ids: string[] = [];
  for await (const jobs of readQueuedJobs(ACCOUNT, connection)) {
    for (const { data } of jobs) {
      ids.push(...jobSchema.parse(JSON.parse(data)).events.map(({ event }) => event.clientDedupeId));
    }
  }
  return ids;
}

async function fetchJson<T>(url: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(await (await fetch(url)).json());
}

function sumOf(pages: readonly string[], pattern: RegExp): number {
  return pages
    .flatMap((page) => [...page.matchAll(pattern)].map(([, value]) => Number(value)))
    .reduce((sum, value) => sum + value, 0);
}

export async function withConnection<T>(url: string, use: (connection: RedisConnection) => Promise<T>): Promise<T> {
  const connection = connectRedis(url, 'patient', 'chaos');
  connection.on('error', () => undefined);
  try {
    return await use(connection);
  } finally {
    connection.disconnect();
  }
}
