/**
 * Writes the events of one account to its queue. Packs them into jobs and updates the ledger in the same step.
 */
import { CoverageTally } from '../coverage/tally.js';
import type { RefusedEvent } from '../mapping/refusal.js';
import type { Source } from '../mapping/source.js';
import { EnqueueScript } from '../queue/enqueue-script.js';
import type { LedgerWatch } from '../queue/ledger-watch.js';
import { type EventText, type NewEvent, packJobs, writeEvent } from '../queue/pack-jobs.js';
import { CONVERSIONS_QUEUE } from '../queue/queue.js';
import { CoverageRecorder } from '../queue/record-coverage.js';
import { noteRefusals } from '../queue/refusal-index.js';
import { directWrites, type ScriptWrites } from '../queue/script-writes.js';
import { untilReady } from '../queue/until-ready.js';
import type { RedisConnection } from '../redis/connect.js';
import { runScript } from '../redis/script.js';
import type { Tracing } from '../telemetry/tracing/tracing.js';
import { GroupCommit } from './group-commit.js';

/** The most jobs in one call. Such a call blocks Redis for a few milliseconds. */
const JOBS_PER_WRITE = 20;
/** While Redis is slow, more notes would fill our memory, and nobody waits for them. */
const NOTES_AT_ONCE = 1_000;
const DONE = Promise.resolve();

export interface EventWriterOptions {
  readonly account: string;
  readonly connection: RedisConnection;
  /** How writes are acknowledged. If absent, by the master alone. */
  readonly writes?: ScriptWrites | undefined;
  readonly eventsPerJob: number;
  /** Is notified of what is acknowledged. Absent if nobody would be told of a loss. */
  readonly ledgerWatch?: LedgerWatch | undefined;
  /** Acknowledged events are counted here too. Set if somebody reads the coverage. */
  readonly coverage?: CoverageTally | undefined;
  readonly tracing?: Tracing | undefined;
  /**
   * Set for files and the library, which may bring many old orders. Their refusals leave room for those of webhooks.
   */
  readonly isBulk?: boolean;
}

export class EventWriter {
  readonly #connection: RedisConnection;
  readonly #account: string;
  readonly #eventsPerJob: number;
  readonly #commits: GroupCommit<EventText>;
  readonly #ledgerWatch: LedgerWatch | undefined;
  readonly #coverage: CoverageTally;
  readonly #recorder: CoverageRecorder;
  readonly #tracing: Tracing | undefined;
  readonly #isBulk: boolean;
  readonly #script: EnqueueScript;
  readonly #noting = new Set<Promise<void>>();

  constructor({
    account,
    connection,
    writes = directWrites(connection),
    eventsPerJob,
    ledgerWatch,
    coverage = new CoverageTally(),
    tracing,
    isBulk = false,
  }: EventWriterOptions) {
    this.#account = account;
    this.#connection = connection;
    this.#eventsPerJob = eventsPerJob;
    this.#ledgerWatch = ledgerWatch;
    this.#coverage = coverage;
    this.#recorder = new CoverageRecorder({ account, connection, tally: coverage });
    this.#tracing = tracing;
    this.#isBulk = isBulk;
    this.#script = new EnqueueScript({ account, connection, writes });
    this.#commits = new GroupCommit((events) => this.#write(events), {
      // A full job gets its own call even while another is in flight.
      fullAt: eventsPerJob,
      maxItems: eventsPerJob * JOBS_PER_WRITE,
    });
  }

  /**
   * Resolves when the events are in Redis and in the required number of replicas.
   *
   * @throws Redis's error if it is down, full, or has too few replicas. Then no event of this call is acknowledged
   */
  write(events: readonly NewEvent[]): Promise<void> {
    const texts = events.map(writeEvent);
    this.#tracing?.keep(texts);
    const most = this.#eventsPerJob * JOBS_PER_WRITE;
    return texts.length <= most ? this.#commits.add(texts) : this.#writeParts(texts, most);
  }

  /**
   * Stores for a while that these events were refused, if the ids of their orders are known. What Redis does not accept
   * is dropped. `close` waits for it; callers with many refusals may wait too.
   */
  noteRefused(source: Source, refusals: readonly RefusedEvent[]): Promise<void> {
    const found = refusals.flatMap(({ reason, shopIds }) => (shopIds ? [{ source, ids: shopIds, reason }] : []));
    if (found.length === 0 || this.#noting.size >= NOTES_AT_ONCE) return DONE;
    const noted = runScript(
      this.#connection,
      noteRefusals(this.#account, found, { nowMs: Date.now(), isBulk: this.#isBulk }),
    )
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => this.#noting.delete(noted));
    this.#noting.add(noted);
    return noted;
  }

  /** Waits for writes in flight. The connection stays open: its owner closes it. */
  async close(): Promise<void> {
    await this.#commits.idle();
    await Promise.all(this.#noting);
    await this.#recorder.close();
    await this.#script.close();
  }

  async #writeParts(events: readonly EventText[], most: number): Promise<void> {
    for (let start = 0; start < events.length; start += most) {
      await this.#commits.add(events.slice(start, start + most));
    }
  }

  #write(events: readonly EventText[]): Promise<void> {
    if (!this.#tracing) return this.#add(events);
    const attributes = { 'capi.account': this.#account, 'capi.events': events.length };
    const span = { name: `add ${CONVERSIONS_QUEUE}`, kind: 'producer', attributes, causes: () => events } as const;
    return this.#tracing.trace(span, ({ metadata }) => this.#add(events, metadata));
  }

  /** @param trace the trace that the jobs belong to */
  async #add(events: readonly EventText[], trace?: string): Promise<void> {
    const jobs = packJobs(events, this.#eventsPerJob);
    if (this.#connection.status !== 'ready') await untilReady(this.#connection);
    const before = this.#ledgerWatch?.mark;
    const accepted = await this.#script.run({
      jobs,
      aliases: events.flatMap(({ aliases }) => aliases),
      eventCount: events.length,
      trace,
    });
    if (before) this.#ledgerWatch?.noteWrite(before, accepted, events.length);
    for (const { shared, marks } of events) if (shared) this.#coverage.add(shared.source, marks);
    this.#recorder.writeSoon();
  }
}
