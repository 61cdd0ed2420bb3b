/**
 * A connection to one master, for writes that replicas must confirm.
 *
 * States: unsure (just connected, or the last write found too few replicas) -> sure (the replicas are there) -> unsure.
 * While unsure, it checks for replicas before it writes: a write without confirmation would be sent again by its caller, and be
 * on the queue twice. So a master without replicas accepts nothing. With each write the server says how many replicas it has, so
 * a new replica is waited for from then on. The Sentinels say whether a missing replica is dead.
 */
import type { Redis } from 'ioredis';
import { plainFormOf, type ScriptCall } from '../redis/script.js';
import type { Acknowledgement } from '../settings/config.js';
import type { ExpectedReplicas } from './expected-replicas.js';
import { QueueUnavailableError } from './queue-unavailable-error.js';
import type { SentinelView } from './sentinel-view.js';
import { untilReady } from './until-ready.js';

/** How long the count of replicas is valid. */
const SURE_MS = 10_000;

/** The number of replicas from INFO; undefined if the server does not say. */
function onlineIn(facts: unknown): number | undefined {
  return typeof facts === 'string' ? (facts.match(/^slave\d+:.*state=online/gm)?.length ?? 0) : undefined;
}

type Reply = readonly [error: Error | null, result: unknown];

interface SentWrite {
  readonly written: Reply;
  readonly confirmed: Reply;
  /** The number of replicas. */
  readonly waitedFor: number;
}

export class ReplicatedLane {
  readonly #connection: Redis;
  readonly #acknowledgement: Acknowledgement;
  readonly #expected: ExpectedReplicas;
  readonly #sentinels: Pick<SentinelView, 'look'> | undefined;
  #sureUntilMs = 0;
  #busy = 0;
  #looking: Promise<void> | undefined;

  /**
   * @param expected shared by all connections to one master
   * @param sentinels undefined if there are none
   */
  constructor(
    connection: Redis,
    acknowledgement: Acknowledgement,
    expected: ExpectedReplicas,
    sentinels?: Pick<SentinelView, 'look'>,
  ) {
    this.#connection = connection;
    this.#acknowledgement = acknowledgement;
    this.#expected = expected;
    this.#sentinels = sentinels;
    // Each write fails by itself; the process's own connection logs that Redis is unavailable.
    connection.on('error', () => undefined);
    connection.on('close', () => {
      this.#sureUntilMs = 0;
    });
  }

  /** Writes in progress. */
  get busy(): number {
    return this.#busy;
  }

  /** Resolves with what the script returned when enough replicas have what it wrote. */
  async run(call: ScriptCall): Promise<unknown> {
    this.#busy += 1;
    try {
      return await this.#write(call);
    } finally {
      this.#busy -= 1;
    }
  }

  /** Writes in progress are not acknowledged. */
  reconnect(): void {
    this.#connection.disconnect(true);
  }

  close(): void {
    this.#connection.disconnect();
  }

  async #write(call: ScriptCall): Promise<unknown> {
    if (this.#connection.status !== 'ready') await untilReady(this.#connection);
    if (performance.now() > this.#sureUntilMs) await this.#lookForReplicas();
    const { digest, text } = plainFormOf(call.script);
    let sent = await this.#send(call, 'evalsha', digest);
    if (sent.written[0]?.message.startsWith('NOSCRIPT')) sent = await this.#send(call, 'eval', text);
    const { written, confirmed, waitedFor } = sent;
    if (written[0]) throw written[0];
    // A replica has joined since: `WAIT` asks for what this connection wrote last.
    await this.#demand(waitedFor < this.#expected.count ? await this.#wait() : confirmed);
    return written[1];
  }

  async #send({ keys, args }: ScriptCall, command: 'eval' | 'evalsha', script: string): Promise<SentWrite> {
    const waitedFor = this.#expected.count;
    const pipeline = this.#connection.pipeline();
    pipeline[command](script, keys.length, ...keys, ...args);
    pipeline.wait(waitedFor, this.#acknowledgement.timeoutMs);
    pipeline.info('replication');
    const [written, confirmed, facts] = (await pipeline.exec()) ?? [];
    if (!written || !confirmed) throw this.#notConfirmed('the connection broke');
    this.#noteOnline(onlineIn(facts?.[1]));
    return { written, confirmed, waitedFor };
  }

  /** Waits until replicas have what this connection wrote last. */
  #wait(): Promise<Reply> {
    return this.#connection.wait(this.#expected.count, this.#acknowledgement.timeoutMs).then(
      (count): Reply => [null, count],
      (error: Error): Reply => [error, undefined],
    );
  }

  /** Simultaneous calls share one check. */
  #lookForReplicas(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const [seen, facts] = await Promise.all([
      this.#sentinels?.look(),
      this.#connection.info('replication').catch(() => undefined),
    ]);
    if (seen?.isFailingOver) throw this.#notConfirmed('the Sentinels are replacing the master');
    this.#noteOnline(onlineIn(facts), seen?.following);
    await this.#demand(await this.#wait());
    this.#sureUntilMs = performance.now() + SURE_MS;
  }

  /** What the server and the Sentinels say, if they answer. */
  #noteOnline(...said: readonly (number | undefined)[]): void {
    const known = said.filter((count) => count !== undefined);
    if (known.length > 0) this.#expected.noteOnline(Math.max(...known));
  }

  async #demand([error, count]: Reply): Promise<void> {
    const confirmed = Number(count);
    if (!error && this.#expected.areEnough(confirmed, performance.now())) return;
    if (!error && (await this.#mayGiveUp(confirmed))) return this.#expected.giveUp(confirmed);
    this.#sureUntilMs = 0;
    throw this.#notConfirmed(error ? 'asking for them failed' : `${confirmed} did`, error ?? undefined);
  }

  /** Whether the missing replicas are dead, so that none of them is the next master. */
  async #mayGiveUp(confirmed: number): Promise<boolean> {
    const missingSinceMs = this.#expected.overdueSince(confirmed, performance.now());
    if (missingSinceMs === undefined) return false;
    const seen = await this.#sentinels?.look();
    // No Sentinel answers: enough time has passed for a promotion to become known.
    if (!seen) return true;
    if (seen.isFailingOver || seen.hasOtherMaster) return false;
    return seen.up <= confirmed || seen.askedAtMs > missingSinceMs;
  }

  #notConfirmed(found: string, cause?: Error): QueueUnavailableError {
    const { replicas, timeoutMs } = this.#acknowledgement;
    return new QueueUnavailableError(
      `not acknowledged: REDIS_ACK_REPLICAS=${replicas}, so ${this.#expected.count} of Redis’s replicas must confirm a write within REDIS_ACK_TIMEOUT_MS=${timeoutMs}, ${found}: send it again`,
      { cause: cause ?? Object.assign(new Error('too few replicas'), { code: 'TOO_FEW_REPLICAS' }) },
    );
  }
}
