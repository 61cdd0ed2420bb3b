/**
 * A connection to one master, for writes that replicas must confirm.
 *
 * States: unsure (just connected, or the last write found too few replicas) -> sure (the replicas are there) -> unsure.
 * While unsure, the replicas are asked for before anything is written: a write that nobody confirms would be sent again by
 * its caller, and lie on the queue twice. So a master without replicas takes nothing. They are counted again now and then,
 * so that one which has joined is waited for too.
 */
import type { Redis } from 'ioredis';
import { plainFormOf, type ScriptCall } from '../redis/script.js';
import type { Acknowledgement } from '../settings/config.js';
import type { ExpectedReplicas } from './expected-replicas.js';
import { QueueUnavailableError } from './queue-unavailable-error.js';
import { untilReady } from './until-ready.js';

/** How long the count of replicas is good for. */
const SURE_MS = 10_000;

type Reply = readonly [error: Error | null, result: unknown];

export class ReplicatedLane {
  readonly #connection: Redis;
  readonly #acknowledgement: Acknowledgement;
  readonly #expected: ExpectedReplicas;
  #sureUntilMs = 0;
  #busy = 0;
  #looking: Promise<void> | undefined;

  /** @param expected shared by all connections to one master */
  constructor(connection: Redis, acknowledgement: Acknowledgement, expected: ExpectedReplicas) {
    this.#connection = connection;
    this.#acknowledgement = acknowledgement;
    this.#expected = expected;
    // Each write fails by itself; the process's own connection tells the log that Redis is away.
    connection.on('error', () => undefined);
    connection.on('close', () => {
      this.#sureUntilMs = 0;
    });
  }

  /** Writes under way. */
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

  /** What is under way is not acknowledged. */
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
    let [written, confirmed] = await this.#send(call, 'evalsha', digest);
    const isUnknown = written[0]?.message.startsWith('NOSCRIPT');
    if (isUnknown) [written, confirmed] = await this.#send(call, 'eval', text);
    if (written[0]) throw written[0];
    this.#demand(confirmed);
    return written[1];
  }

  async #send(
    { keys, args }: ScriptCall,
    command: 'eval' | 'evalsha',
    script: string,
  ): Promise<readonly [Reply, Reply]> {
    const pipeline = this.#connection.pipeline();
    pipeline[command](script, keys.length, ...keys, ...args);
    pipeline.wait(this.#expected.count, this.#acknowledgement.timeoutMs);
    const [written, confirmed] = (await pipeline.exec()) ?? [];
    if (!written || !confirmed) throw this.#notConfirmed('the connection broke');
    return [written, confirmed];
  }

  /** Calls at the same time share a look. */
  #lookForReplicas(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const wanted = Math.max(this.#expected.count, await this.#countOnline());
    const reply = await this.#connection.wait(wanted, this.#acknowledgement.timeoutMs).then(
      (count): Reply => [null, count],
      (error: Error): Reply => [error, undefined],
    );
    this.#demand(reply);
    this.#sureUntilMs = performance.now() + SURE_MS;
  }

  /** 0 where the server does not say. */
  async #countOnline(): Promise<number> {
    const info = await this.#connection.info('replication').catch(() => '');
    return info.match(/^slave\d+:.*state=online/gm)?.length ?? 0;
  }

  #demand([error, count]: Reply): void {
    if (!error && this.#expected.areEnough(Number(count), performance.now())) return;
    this.#sureUntilMs = 0;
    throw this.#notConfirmed(error ? 'asking for them failed' : `${Number(count)} did`, error ?? undefined);
  }

  #notConfirmed(found: string, cause?: Error): QueueUnavailableError {
    const { replicas, timeoutMs } = this.#acknowledgement;
    return new QueueUnavailableError(
      `not acknowledged: REDIS_ACK_REPLICAS=${replicas}, so ${this.#expected.count} of Redis’s replicas must confirm a write within REDIS_ACK_TIMEOUT_MS=${timeoutMs}, ${found}: send it again`,
      { cause: cause ?? Object.assign(new Error('too few replicas'), { code: 'TOO_FEW_REPLICAS' }) },
    );
  }
}
