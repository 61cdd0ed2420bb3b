/**
 * The metrics port of every long-running command: `/livez`, `/readyz`, `/metrics`.
 *
 * Promise: each answers within half a second, with or without Redis. A slower collector is not awaited: its metrics
 * keep their last values, and `capi_redis_up` shows why.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { RedisClock } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import type { Metrics } from '../telemetry/metrics.js';
import { refusalCode } from '../telemetry/redis-error.js';
import { isExpectedHost, isLoopbackAddress } from './expected-host.js';
import { type HttpLimits, limitedServer } from './limits.js';

const ANSWER_WITHIN_MS = 400;
const BODY_MAX_BYTES = 1_000;

export interface HealthServerOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  /** A separate `prompt` connection. */
  readonly connection: RedisConnection;
  /** Its offset from the process's clock is exported. */
  readonly clock?: RedisClock;
  /** True if a process whose clock is far off is not ready. */
  readonly isClockNeeded?: boolean;
  /** Their files are checked at each scrape. */
  readonly secrets?: (() => readonly { readonly isUsable: boolean }[]) | undefined;
  readonly limits?: HttpLimits;
  /** Host names allowed for /metrics, besides those of this machine and of private networks. */
  readonly allowedHosts?: readonly string[];
  /** Writes a key where the process writes. */
  readonly probeWrites: () => Promise<void>;
  /** Why the process is not ready although Redis accepts writes. Undefined if it is ready. */
  readonly unfitBecause?: (() => string | undefined | Promise<string | undefined>) | undefined;
  /** Sets the gauges that are read from Redis. */
  readonly collect: () => Promise<void>;
}

export class HealthServer {
  readonly #server: FastifyInstance;
  readonly #options: HealthServerOptions;

  constructor(options: HealthServerOptions) {
    this.#options = options;
    const { metrics } = options;
    this.#server = fastify({
      ...limitedServer(options.limits),
      bodyLimit: BODY_MAX_BYTES,
      forceCloseConnections: true,
    });
    this.#server.addHook('onRequest', (request, reply, next) => {
      // No route takes a body. A body that is sent anyway is not read.
      if (request.is404) reply.code(404).send({ status: 'there are GET /livez, /readyz and /metrics' });
      else next();
    });
    const names = { isLoopback: isLoopbackAddress(options.host), allowed: options.allowedHosts ?? [] };
    const guarded = {
      onRequest: (request: FastifyRequest, reply: FastifyReply, next: () => void) => {
        if (isExpectedHost(request.headers.host, names)) next();
        else reply.code(421).send({ status: 'this name is not known here: add it to ALLOWED_HOSTS' });
      },
    };
    this.#server.get('/livez', async () => ({ status: 'ok' }));
    this.#server.get('/readyz', async (_request, reply) => {
      const trouble = await this.#trouble();
      return reply.code(trouble === undefined ? 200 : 503).send({ status: trouble ?? 'ok' });
    });
    this.#server.get('/metrics', guarded, async (_request, reply) => {
      const isUp = await this.#pingRedis();
      metrics.redisUp.set(isUp ? 1 : 0);
      metrics.secretFilesUnusable.set((options.secrets?.() ?? []).filter(({ isUsable }) => !isUsable).length);
      metrics.clockOffset.set((options.clock?.offsetMs ?? 0) / 1000);
      if (isUp) await this.#collect();
      return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    });
  }

  /** @returns the base URL */
  start(port = this.#options.port): Promise<string> {
    return this.#server.listen({ host: this.#options.host, port });
  }

  stop(): Promise<void> {
    return this.#server.close();
  }

  /** Why the process is not ready now. Undefined if it is ready. */
  async #trouble(): Promise<string | undefined> {
    if (!(await this.#pingRedis())) return 'redis is away';
    const { clock, isClockNeeded, probeWrites, unfitBecause } = this.#options;
    const refusal = await within(
      probeWrites().then(
        () => undefined,
        (error: unknown) => `redis refuses writes (${refusalCode(error)})`,
      ),
      'redis refuses writes (no answer)',
    );
    if (refusal !== undefined) return refusal;
    const unfit = await unfitBecause?.();
    if (unfit !== undefined) return unfit;
    if (!isClockNeeded || !clock?.isFarOff) return undefined;
    return `the clock is ${Math.round((clock.offsetMs ?? 0) / 1000)} s off the clock of Redis`;
  }

  async #collect(): Promise<void> {
    const { collect, metrics } = this.#options;
    const startedAt = performance.now();
    const isDone = await within(collect().then(() => true));
    metrics.collectionDuration.set((performance.now() - startedAt) / 1000);
    if (isDone !== true) metrics.collectionFailures.inc();
  }

  async #pingRedis(): Promise<boolean> {
    if (this.#options.connection.status !== 'ready') return false;
    const startedAt = performance.now();
    const isUp = (await within(this.#options.connection.ping())) === 'PONG';
    this.#options.metrics.redisDuration.observe({ command: 'ping' }, (performance.now() - startedAt) / 1000);
    return isUp;
  }
}

/** The result, or `otherwise` if it fails or takes too long. */
async function within<T>(work: Promise<T>, otherwise?: T): Promise<T | undefined> {
  const timer = new AbortController();
  const late = sleep(ANSWER_WITHIN_MS / 2, otherwise, { signal: timer.signal }).catch(() => otherwise);
  const result = await Promise.race([work.catch(() => otherwise), late]);
  timer.abort();
  return result;
}
