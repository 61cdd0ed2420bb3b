/**
 * The parts of a worker for one step of a delivery, with a world's real Redis and its sandbox. Jobs are stored as
 * BullMQ has them for a run that holds their lock, and the test takes them itself.
 */
import { ConversionsClient } from '../../src/amazon/client.js';
import type { Tokens } from '../../src/amazon/token.js';
import { tokensOf } from '../../src/amazon/tokens-of.js';
import { eventsManagerV1 } from '../../src/amazon/wires/events-manager-v1.js';
import { type HeldEvent, holdEntry } from '../../src/queue/held-event.js';
import type { QueuedEvent } from '../../src/queue/job.js';
import { JobRecorder } from '../../src/queue/job-recorder.js';
import { DEAD_LETTERS_QUEUE, keysOf } from '../../src/queue/queue.js';
import type { RedisClock } from '../../src/redis/clock.js';
import type { Account } from '../../src/settings/accounts.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { batchEventOf } from '../../src/worker/batch-events.js';
import type { BatchEvent } from '../../src/worker/batcher.js';
import type { ClaimSettings } from '../../src/worker/claim.js';
import { BatchClaims } from '../../src/worker/claim-batch.js';
import { Delivery } from '../../src/worker/deliver.js';
import { Gate } from '../../src/worker/gate.js';
import { Interpreter } from '../../src/worker/interpret.js';
import { JobRun } from '../../src/worker/job-run.js';
import { Sender } from '../../src/worker/send.js';
import { Settler } from '../../src/worker/settle.js';
import { eventOf, queued } from './events.js';
import { LONG_BACK_OFF, openTrouble } from './flights.js';
import type { World } from './world.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export class WorkerOptions {
  readonly world: World;
  readonly keys;
  readonly metrics;
  readonly clock: RedisClock;
  readonly stop = new AbortController();
  readonly gate: Gate;
  readonly deadLetters: JobRecorder;
  readonly settler: Settler;
  #client: ConversionsClient | undefined;
  #runs = 0;

  private constructor(world: World, clock: RedisClock) {
    const { account, connection, log } = world;
    this.world = world;
    this.clock = clock;
    this.keys = keysOf(account);
    this.metrics = new Metrics([account]);
    this.gate = new Gate(connection, this.keys, LONG_BACK_OFF, this.stop.signal);
    this.deadLetters = new JobRecorder(account, DEAD_LETTERS_QUEUE, connection);
    this.settler = new Settler({
      account,
      connection,
      keys: this.keys,
      deadLetters: this.deadLetters,
      window: { afterDeliveryMs: HOUR_MS, afterEventMs: 0, longestMs: HOUR_MS },
      leaseMs: MINUTE_MS,
      backOff: LONG_BACK_OFF,
      clock,
      metrics: this.metrics,
      log,
      receipts: world.receipts,
      trouble: openTrouble(world),
    });
  }

  static async open(world: World): Promise<WorkerOptions> {
    return new WorkerOptions(world, await world.clock());
  }

  /** A job that this worker has just taken, and its events in flight. */
  async take(ids: readonly string[], { jobId = '7', ...facts }: Partial<QueuedEvent> & { jobId?: string } = {}) {
    const entries = ids.map((id) => holdEntry(queued(eventOf(id), facts)));
    return this.takeEntries(entries, jobId);
  }

  /** @param entries undefined for unreadable ones */
  async takeEntries(entries: readonly (HeldEvent | undefined)[], jobId = '7') {
    this.#runs += 1;
    const token = `token-${this.#runs}`;
    const job = { id: jobId, token, run: `run${this.#runs}`, addedAtMs: 0, settling: '' };
    const key = this.keys.job + jobId;
    const settling = await this.world.connection.hget(key, 'capiSettled');
    await this.world.connection.hset(key, 'data', 'as it lay there');
    await this.world.connection.set(`${key}:lock`, token);
    const run = new JobRun({ ...job, settling: settling ?? '' }, entries, false);
    const events = entries.flatMap((held, place) => (held ? [batchEventOf(run, held, place, eventsManagerV1)] : []));
    return { run, key, events };
  }

  openClaims(settings: Partial<ClaimSettings> = {}): BatchClaims {
    const { account, connection, log } = this.world;
    return new BatchClaims({
      account,
      connection,
      keys: this.keys,
      gate: this.gate,
      claims: { leaseMs: MINUTE_MS, windowMs: HOUR_MS, requestIntervalMs: 0, ...settings },
      maxEventAgeHours: 168,
      clock: this.clock,
      metrics: this.metrics,
      log,
      trouble: openTrouble(this.world),
    });
  }

  /** @param account the changed fields of the account */
  openDelivery(account: Partial<Account> = {}): { delivery: Delivery; tokens: Tokens } {
    const { world, gate, metrics, settler } = this;
    const { log } = world;
    const advertiser = { ...world.advertiser, ...account };
    this.#client = new ConversionsClient(advertiser, 10_000, 1);
    const tokens = tokensOf(advertiser.credentials);
    const common = { account: world.account, gate, metrics, log, trouble: openTrouble(world) };
    const delivery = new Delivery({
      ...common,
      claims: this.openClaims(),
      tokens,
      sender: new Sender({ ...common, client: this.#client }),
      interpreter: new Interpreter({ ...common, maxAttempts: 3, refusedBatchesBeforeHold: 3 }),
      settler,
      backOff: { baseMs: 20, maxMs: 20 },
      stopping: this.stop.signal,
    });
    return { delivery, tokens };
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.#client?.close();
    await this.deadLetters.close();
    await this.world.close();
  }
}

/** A batch of these events, as the batcher closes it. */
export function batchOf(events: readonly BatchEvent[]) {
  const bytes = events.reduce((sum, event) => sum + event.bytes, 0);
  return { events, bytes, closedBy: 'linger', lingerMs: 1_500 } as const;
}

/** The outcome of each event of a settled job, by the job, the ledger and the letters. */
export async function leftOf({ world, keys }: WorkerOptions, jobId = '7'): Promise<unknown[]> {
  const data = await world.connection.hget(keys.job + jobId, 'data');
  return (JSON.parse(data ?? '') as { events: unknown[] }).events;
}
