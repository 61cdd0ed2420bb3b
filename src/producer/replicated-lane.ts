/**
 * A connection to one master, for writes that replicas must confirm.
 *
 * States: unsure (just connected, or the last write found too few replicas) -> sure (the replicas are there) -> unsure.
 * While unsure, the replicas are asked for before anything is written: a write that nobody confirms would be sent again by
 * its caller, and lie on the queue twice. So a master without replicas takes nothing, and costs its callers no time.
 */
import type { Redis } from 'ioredis';
import type { Acknowledgement } from '../config.js';
import { plainFormOf, type ScriptCall } from '../redis-script.js';
import { QueueUnavailableError } from './errors.js';
import { untilReady } from './until-ready.js';

/** Replicas that are there have what was written before in far less. */
const LOOK_MS = 100;

type Reply = readonly [error: Error | null, result: unknown];

export class ReplicatedLane {
  readonly #connection: Redis;
  readonly #acknowledgement: Acknowledgement;
  #isSure = false;
  #looking: Promise<void> | undefined;

  constructor(connection: Redis, acknowledgement: Acknowledgement) {
    this.#connection = connection;
    this.#acknowledgement = acknowledgement;
    // Each write fails by itself; the process's own connection tells the log that Redis is away.
    connection.on('error', () => undefined);
    connection.on('close', () => {
      this.#isSure = false;
    });
  }

  /** Resolves with what the script returned when enough replicas have what it wrote. */
  async run(call: ScriptCall): Promise<unknown> {
    if (this.#connection.status !== 'ready') await untilReady(this.#connection);
    if (!this.#isSure) await this.#lookForReplicas();
    const { digest, text } = plainFormOf(call.script);
    let [written, confirmed] = await this.#send(call, 'evalsha', digest);
    const isUnknown = written[0]?.message.startsWith('NOSCRIPT');
    if (isUnknown) [written, confirmed] = await this.#send(call, 'eval', text);
    if (written[0]) throw written[0];
    this.#demand(confirmed);
    return written[1];
  }

  close(): void {
    this.#connection.disconnect();
  }

  async #send(
    { keys, args }: ScriptCall,
    command: 'eval' | 'evalsha',
    script: string,
  ): Promise<readonly [Reply, Reply]> {
    const { replicas, timeoutMs } = this.#acknowledgement;
    const pipeline = this.#connection.pipeline();
    pipeline[command](script, keys.length, ...keys, ...args);
    pipeline.wait(replicas, timeoutMs);
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
    const { replicas } = this.#acknowledgement;
    const reply = await this.#connection.wait(replicas, LOOK_MS).then(
      (count): Reply => [null, count],
      (error: Error): Reply => [error, undefined],
    );
    this.#demand(reply);
    this.#isSure = true;
  }

  #demand([error, count]: Reply): void {
    const { replicas } = this.#acknowledgement;
    if (!error && Number(count) >= replicas) return;
    this.#isSure = false;
    throw this.#notConfirmed(error ? 'asking for them failed' : `${Number(count)} did`, error ?? undefined);
  }

  #notConfirmed(found: string, cause?: Error): QueueUnavailableError {
    const { replicas, timeoutMs } = this.#acknowledgement;
    return new QueueUnavailableError(
      `not acknowledged: REDIS_ACK_REPLICAS=${replicas} of Redis’s replicas must confirm a write within REDIS_ACK_TIMEOUT_MS=${timeoutMs}, ${found}: send it again`,
      { cause: cause ?? Object.assign(new Error('too few replicas'), { code: 'TOO_FEW_REPLICAS' }) },
    );
  }
}
