/**
 * The HTTP intake: the server around its routes, with its limits.
 *
 * Promises: any bytes get an answer of the documented form, `{error: {code, message}}` where they are at fault; no
 * request costs more than its limits; when more requests come at once than fit, the rest is put off with 503 and
 * Retry-After instead of taking the others down.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { Logger } from '../log.js';
import type { MappingContext } from '../mapping/context.js';
import type { Metrics } from '../metrics.js';
import type { RedisClock } from '../redis-clock.js';
import { RedisTrouble } from '../redis-trouble.js';
import type { Tracing } from '../tracing/tracing.js';
import type { ApiKey } from './api-keys.js';
import type { EventWriter } from './event-writer.js';
import { addEventsRoute } from './events-route.js';
import { fail } from './http-answer.js';
import { describeIntake } from './openapi.js';
import { traceRequests } from './trace-requests.js';
import type { PlatformName } from './webhooks/platform.js';
import { addWebhookRoutes } from './webhooks/webhook-routes.js';

const BODY_MAX_BYTES = 5_000_000;
const HEADERS_MAX_BYTES = 16_384;
/** A request must have arrived by then; a client that trickles its bytes does not hold a place for ever. */
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 65_000;
const IN_FLIGHT_MAX = 256;

export interface IntakeParts {
  readonly host: string;
  readonly port: number;
  /** The keys of this moment. Undefined: whoever reaches the address may send; an empty list lets nobody in. */
  readonly apiKeys: (() => readonly ApiKey[]) | undefined;
  /** The secrets of this moment; none for platforms that are not set up. */
  readonly webhookSecrets: Readonly<Record<PlatformName, () => readonly string[]>>;
  /** A writer an account. */
  readonly writers: ReadonlyMap<string, EventWriter>;
  readonly contextOf: (account: string, nowMs: number) => MappingContext;
  /** The age of events and signatures goes by it. */
  readonly clock: RedisClock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Absent: no request is traced. */
  readonly tracing?: Tracing | undefined;
  /** Requests at once; 256 unless given. */
  readonly inFlightMax?: number;
}

/** What the routes work with. */
export interface RouteParts extends IntakeParts {
  /** Hears of each write that Redis did not take. */
  readonly trouble: RedisTrouble;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #server: FastifyInstance;
  #inFlight = 0;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#server = fastify({
      bodyLimit: BODY_MAX_BYTES,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      http: { maxHeaderSize: HEADERS_MAX_BYTES },
      return503OnClosing: true,
      clientErrorHandler: answerBrokenRequest,
      frameworkErrors: (_error, _request, reply) => {
        fail(reply, 400, 'BAD_REQUEST', 'the request could not be read');
      },
    });
    this.#limitInFlight();
    if (parts.tracing) traceRequests(this.#server, parts.tracing);
    this.#server.setErrorHandler((error, _request, reply) => this.#explain(error, reply));
    this.#server.setNotFoundHandler((_request, reply) =>
      fail(reply, 404, 'NOT_FOUND', 'there are POST /v1/events, POST /v1/webhooks/… and GET /openapi.json'),
    );
    const routeParts: RouteParts = { ...parts, trouble: new RedisTrouble(parts.log) };
    this.#server.register(async (scope) => addEventsRoute(scope, routeParts));
    this.#server.register(async (scope) => addWebhookRoutes(scope, routeParts));
    const description = describeIntake();
    this.#server.get('/openapi.json', async () => description);
  }

  /** @returns the base URL */
  start(): Promise<string> {
    return this.#server.listen({ host: this.#parts.host, port: this.#parts.port });
  }

  /** Answers what is under way, then closes. */
  stop(): Promise<void> {
    return this.#server.close();
  }

  #limitInFlight(): void {
    const most = this.#parts.inFlightMax ?? IN_FLIGHT_MAX;
    const counted = new WeakSet<object>();
    // Hooks that call back: a promise for each of them at each request costs more than what they do.
    this.#server.addHook('onRequest', (request, reply, next) => {
      if (this.#inFlight >= most) {
        fail(reply, 503, 'BUSY', 'too many requests at once: send it again');
        return;
      }
      this.#inFlight += 1;
      counted.add(request);
      next();
    });
    const done = (request: object): void => {
      if (counted.delete(request)) this.#inFlight -= 1;
    };
    this.#server.addHook('onResponse', (request, _reply, next) => {
      done(request);
      next();
    });
    this.#server.addHook('onRequestAbort', (request, next) => {
      done(request);
      next();
    });
  }

  #explain(error: unknown, reply: FastifyReply): FastifyReply {
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    if (status === 413) return fail(reply, 413, 'BODY_TOO_LARGE', `a body takes at most ${BODY_MAX_BYTES} bytes`);
    if (status === 415) {
      return fail(reply, 415, 'UNSUPPORTED_MEDIA_TYPE', 'send application/json or application/x-ndjson');
    }
    if (status === 503) return fail(reply, 503, 'STOPPING', 'this intake is stopping: send it again');
    if (status >= 400 && status < 500) return fail(reply, status, 'BAD_REQUEST', 'the request could not be read');
    this.#parts.log.error('intake.fault', { err: error });
    return fail(reply, 500, 'INTERNAL', 'a fault of the forwarder: nothing was accepted');
  }
}

/** What is not even HTTP never reaches a route: it is answered on the bare socket, in the same form. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const [status, code] = BROKEN[error.code ?? ''] ?? [400, 'BAD_REQUEST'];
  const body = JSON.stringify({ error: { code, message: 'the request could not be read' } });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const BROKEN: Record<string, readonly [status: number, code: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'HEADERS_TOO_LARGE'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'TOO_SLOW'],
};
