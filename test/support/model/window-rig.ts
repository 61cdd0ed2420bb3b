/**
 * The real side of the model check: the real batcher, claim, settler and scripts on a real Redis, through a cable that
 * can lose an answer. BullMQ is simulated: a job is its hash and its lock, as we rely on nothing else.
 *
 * Time passes when a command says so: the ends of leases and windows, which the scripts compare with Redis's clock, are
 * set to the past.
 */
import { Redis } from 'ioredis';
import { deleteKeys } from '../../../dev/demo/clean-up.js';
import { eventsManagerV1 } from '../../../src/amazon/wires/events-manager-v1.js';
import { lookUpIds } from '../../../src/find/known-script.js';
import { type FoundState, stateOf } from '../../../src/find/state.js';
import { balanceOf } from '../../../src/queue/balance.js';
import { SETTLING_FIELD } from '../../../src/queue/bullmq-commands.js';
import { indexDigestOf, QUEUE_INDEX_LUA } from '../../../src/queue/id-index.js';
import { JobRecorder } from '../../../src/queue/job-recorder.js';
import { countInLedger, DEAD_LETTERS_QUEUE, keysOf, LETTER_JOBS, prefixOf } from '../../../src/queue/queue.js';
import { readJob } from '../../../src/queue/read-job.js';
import { RedisClock } from '../../../src/redis/clock.js';
import { type RedisScript, runScript } from '../../../src/redis/script.js';
import { RedisTrouble } from '../../../src/redis/trouble.js';
import type { Logger } from '../../../src/telemetry/log.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { PERIODS } from '../../../src/window/claim-script.js';
import { digestOf } from '../../../src/window/layout.js';
import { batchEventsOf } from '../../../src/worker/batch-events.js';
import { type Batch, type BatchEvent, Batcher } from '../../../src/worker/batcher.js';
import { type ClaimState, claimIds } from '../../../src/worker/claim.js';
import { JobRun } from '../../../src/worker/job-run.js';
import { Settler } from '../../../src/worker/settle.js';
import type { SettledEvent } from '../../../src/worker/settled-event.js';
import { Cable } from '../cable.js';
import { eventOf, queued } from '../events.js';
import type { Flight, Ledger, Word } from './window-model.js';

const HOUR_MS = 3_600_000;
// Other bytes under the same id would be a correction, which does not fail with the event that it corrects.
const SAME = { timestamp: '2026-11-20T10:00:00.000Z' };
const TIMES = { leaseMs: HOUR_MS, windowMs: 48 * HOUR_MS, requestIntervalMs: 0 };
const BACK_OFF = { baseMs: 1, maxMs: 1 };
/** 13 digits, like times in the window, and long ago. */
const PAST = '0000000000001';
const SILENT: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A worker's batch, as in the worker's memory. */
export interface RealFlight {
  readonly batch: Batch;
  readonly runs: readonly JobRun[];
}

export class WindowRig {
  readonly account: string;
  readonly metrics: Metrics;
  readonly #cable: Cable;
  readonly #connection: Redis;
  readonly #deadLetters: JobRecorder;
  readonly #keys;
  #settler: Settler;
  #events = 0;

  private constructor(account: string, cable: Cable) {
    this.account = account;
    this.#cable = cable;
    this.#keys = keysOf(account);
    this.metrics = new Metrics([account]);
    this.#connection = new Redis(cable.url, { maxRetriesPerRequest: null, retryStrategy: () => 1 });
    this.#connection.on('error', () => undefined);
    this.#deadLetters = new JobRecorder(account, DEAD_LETTERS_QUEUE, this.#connection);
    this.#settler = this.#openSettler();
  }

  static async open(account: string, redisUrl: string): Promise<WindowRig> {
    return new WindowRig(account, await Cable.to(redisUrl));
  }

  async addJob(id: string, ids: readonly string[]): Promise<void> {
    const events = ids.map((dedupeId) => queued(eventOf(dedupeId, SAME), { enqueuedAt: (this.#events += 1) }));
    await this.#connection.hset(this.#keys.job + id, 'data', JSON.stringify({ v: 1, isCounted: true, events }));
    await runScript(this.#connection, countInLedger(this.account, { enqueued: ids.length }));
    const listed = { script: LIST, keys: [this.#keys.queuedIds], args: [ids.map(indexDigestOf).join(''), id] };
    await runScript(this.#connection, listed);
  }

  /** Takes the jobs as a worker does: lock, read, batch. */
  async take({ runs }: Flight): Promise<RealFlight> {
    const limits = { maxEvents: 500, maxBytes: 1_000_000, lingerMs: 60_000, emptyBodyBytes: 16 };
    const batcher = new Batcher(limits);
    const taken: JobRun[] = [];
    for (const { job, run } of runs) {
      await this.#connection.set(`${this.#keys.job}${job}:lock`, run);
      const [data, settling] = await this.#connection.hmget(this.#keys.job + job, 'data', SETTLING_FIELD);
      const content = readJob(data ?? '', 0, 'standard', true);
      if (content.kind !== 'events') throw new Error(`job ${job} cannot be read`);
      const { entries } = content;
      const identity = { id: job, token: run, run, addedAtMs: 0, settling: settling ?? '' };
      const jobRun = new JobRun(identity, entries, content.isCounted);
      taken.push(jobRun);
      batcher.add(batchEventsOf(jobRun, entries, eventsManagerV1), 0);
    }
    const [batch = { events: [], bytes: 0, closedBy: 'drain', lingerMs: 0 } satisfies Batch] = batcher.close(
      'drain',
      0,
    );
    return { batch, runs: taken };
  }

  async claim({ batch }: RealFlight): Promise<ReadonlyMap<string, ClaimState>> {
    const result = await claimIds(this.#connection, this.#keys, batch.events, TIMES);
    if (result.kind === 'closed') throw new Error('the gate is closed');
    const { states, numbers } = result;
    batch.events.forEach((event, place) => {
      event.claim = states[place] === 'claimed' ? numbers[place] : undefined;
    });
    return new Map(batch.events.map(({ held }, place) => [held.clientDedupeId, states[place] ?? 'busy']));
  }

  /** @param isAnswerLost the settling is done, but its answer is lost, so it is sent again */
  async settle({ batch }: RealFlight, flight: Flight, isAnswerLost: boolean): Promise<void> {
    if (isAnswerLost) this.#cable.tear();
    await this.#settler.settle(batch.events.map((event) => settledOf(event, flight)));
    await this.#cable.mend();
  }

  /** What BullMQ does with a job when its worker is done. */
  async letGo({ runs }: RealFlight): Promise<void> {
    for (const run of runs) {
      const key = this.#keys.job + run.jobId;
      // BullMQ checks the lock itself: a run with nothing to settle does not know that it lost its job.
      if ((await this.#connection.get(`${key}:lock`)) !== run.token) continue;
      await this.#connection.del(`${key}:lock`);
      if (run.left.count === 0) await this.#connection.del(key);
    }
  }

  async loseLocks({ runs }: Flight): Promise<void> {
    for (const { job, run } of runs) {
      const lock = `${this.#keys.job}${job}:lock`;
      if ((await this.#connection.get(lock)) === run) await this.#connection.del(lock);
    }
  }

  /** A lock of a killed worker expires. */
  async freeJob(id: string): Promise<void> {
    await this.#connection.del(`${this.#keys.job}${id}:lock`);
  }

  /** Time passes: the end is set to the past. */
  async end(what: 'leases' | 'windows', ids: readonly string[]): Promise<void> {
    const period = Math.floor(Date.now() / (TIMES.windowMs / PERIODS));
    for (const key of [period - 1, period].map((number) => `${this.#keys.window}claims:${number}`)) {
      for (const [number, claim] of Object.entries(await this.#connection.hgetall(key))) {
        const isOfThese = what === 'leases' ? /^[ct]\d/.test(claim) : /^d\d/.test(claim);
        const ended = claim.slice(0, 1) + PAST + claim.slice(1 + PAST.length);
        if (isOfThese) await this.#connection.hset(key, number, ended);
      }
    }
    if (what === 'leases') return;
    for (const id of ids) {
      const { said } = await this.#read(id);
      if (/^\d/.test(said)) await this.#connection.hset(...this.#placeOf(id), PAST);
    }
  }

  /** What a look-up returns for each id. */
  async states(ids: readonly string[]): Promise<Record<string, FoundState>> {
    const { ids: known, ...account } = await lookUpIds(this.#connection, this.account, ids, false);
    const states = Object.fromEntries(ids.map((id): [string, FoundState] => [id, 'unknown']));
    for (const one of known) states[one.id] = stateOf(one, account).state;
    return states;
  }

  /** Each id's mark in Redis: who holds its claim, `delivered`, or nothing. */
  async marks(ids: readonly string[]): Promise<Record<string, string>> {
    const marks: Record<string, string> = {};
    for (const id of ids) {
      const { said, claim } = await this.#read(id);
      if (/^\d/.test(said) || claim?.startsWith('d')) marks[id] = 'delivered';
      else if (claim !== undefined) marks[id] = claim.slice(2 + PAST.length);
      else if (said !== '') throw new Error(`${id} is under a claim that is not there`);
    }
    return marks;
  }

  /** What the bucket says of an id, and the claim that it names. */
  async #read(id: string): Promise<{ readonly said: string; readonly claim: string | undefined }> {
    const said = (await this.#connection.hget(...this.#placeOf(id))) ?? '';
    if (!said.startsWith('-')) return { said, claim: undefined };
    return { said, claim: (await this.#connection.hget(...this.#claimOf(said))) ?? undefined };
  }

  #claimOf(number: string): [key: string, field: string] {
    return [`${this.#keys.window}claims:${number.slice(1, -10)}`, number];
  }

  #placeOf(id: string): [key: string, field: Buffer] {
    const digest = digestOf(id);
    return [this.#keys.window + digest.slice(0, 3), Buffer.from(digest.slice(3), 'latin1')];
  }

  async ledger(): Promise<Ledger> {
    const found = await this.#connection.hgetall(this.#keys.ledger);
    const of = (field: keyof Ledger) => Number(found[field] ?? 0);
    return {
      enqueued: of('enqueued'),
      delivered: of('delivered'),
      duplicate: of('duplicate'),
      dead_lettered: of('dead_lettered'),
    };
  }

  /** Jobs that the index of the queue still lists for any of the ids. */
  async listedJobs(ids: readonly string[]): Promise<string[]> {
    const fields = ids.map((id) => indexDigestOf(id).slice(3));
    const groups = await this.#connection.zrange(`${this.#keys.queuedIds}groups`, '0', '-1');
    const listed = await Promise.all(
      groups.map((group) => this.#connection.hmget(this.#keys.queuedIds + group, ...fields)),
    );
    return [...listed.flat().flatMap((jobs) => jobs ?? []), ...groups];
  }

  letterCount(): Promise<number> {
    return this.#connection.zcard(this.#keys.letter + LETTER_JOBS);
  }

  /** Accepted minus settled, counted from the stored jobs. */
  async difference(jobs: readonly string[]): Promise<number> {
    const found = await Promise.all(jobs.map((id) => this.#connection.hget(this.#keys.job + id, 'data')));
    let events = 0;
    for (const data of found) {
      const { events: left }: { events: unknown[] } = JSON.parse(data ?? '{"events":[]}');
      events += left.length;
    }
    const ledger = { ...(await this.ledger()), replayed: 0, discarded: 0, erased: 0 };
    return balanceOf(ledger, { events, uncountedEvents: 0 }).difference;
  }

  /** Resets everything for the next run. */
  async clear(): Promise<void> {
    await deleteKeys(this.#connection, prefixOf(this.account));
    this.metrics.registry.resetMetrics();
    this.#settler = this.#openSettler();
  }

  async close(): Promise<void> {
    await this.clear();
    await this.#deadLetters.close();
    this.#connection.disconnect();
    await this.#cable.cut();
  }

  #openSettler(): Settler {
    return new Settler({
      account: this.account,
      connection: this.#connection,
      keys: this.#keys,
      deadLetters: this.#deadLetters,
      window: { afterDeliveryMs: TIMES.windowMs, afterEventMs: 0, longestMs: TIMES.windowMs },
      leaseMs: TIMES.leaseMs,
      // Both forms of a delivery: for a single id, and for two and more.
      idsWorthARecord: 2,
      backOff: BACK_OFF,
      clock: new RedisClock({ connection: this.#connection, log: SILENT }),
      metrics: this.metrics,
      log: SILENT,
      trouble: new RedisTrouble({ log: SILENT, connection: this.#connection }),
    });
  }
}

const LIST: RedisScript = {
  name: 'capiTestList',
  lua: `${QUEUE_INDEX_LUA}
listJob(KEYS[1], ARGV[1], ARGV[2])
return 1`,
};

const OUTCOMES: Readonly<Record<Word, SettledEvent['outcome']>> = {
  delivered: { kind: 'delivered' },
  dead: { kind: 'dead', reason: 'rejected', detail: {} },
  retry: { kind: 'retry', reason: 'server_error', isMaybeDelivered: false, detail: {} },
};

function settledOf(event: BatchEvent, { claims, words }: Flight): SettledEvent {
  const id = event.held.clientDedupeId;
  const claim = claims.get(id);
  if (claim === 'delivered') return { event, outcome: { kind: 'duplicate' } };
  if (claim === 'uncounted') return { event, outcome: OUTCOMES.delivered };
  if (claim === 'busy') return { event, outcome: { kind: 'wait', reason: 'claimed', afterMs: 0 } };
  return { event, outcome: OUTCOMES[words.get(id) ?? 'retry'] };
}
