/**
 * The sandbox: a local stand-in for Amazon, with the token endpoint, both wires, and faults on demand.
 *
 * `GET /ap/oa` · `POST /auth/o2/token` · `POST /events/v1/conversions` · `POST /adsApi/v1/create/events` · `GET /v2/profiles`
 * `GET|POST|DELETE /sandbox/faults` · `POST /sandbox/expire-tokens` · `POST /sandbox/expire-refresh-tokens` ·
 * `GET|DELETE /sandbox/received` · `GET /sandbox/requests` · `GET /sandbox/stats`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { z } from 'zod';
import { type HttpLimits, limitedServer } from '../http/limits.js';
import { limitOpenBodies, OpenBodies } from '../http/open-bodies.js';
import { WORDED } from '../mapping/fault-words.js';
import { issuesOf } from '../mapping/refusal.js';
import { answerHalf, answerSlowly } from './broken-answers.js';
import { type Caller, callerOf, refusalOf } from './caller.js';
import { answerConsent } from './consent-page.js';
import { takeConversions } from './conversions.js';
import { Faults, faultSchema } from './faults.js';
import { Received } from './received.js';
import { RequestLog, type RequestRecord } from './request-log.js';
import type { SandboxWire } from './sandbox-wire.js';
import { TokenEndpoint } from './token-endpoint.js';

export interface SandboxOptions {
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly tokenTtlSeconds?: number;
  /** For refresh tokens from the consent page. */
  readonly refreshTtlSeconds?: number;
  /** The first index in events-manager-v1's answers. Amazon does not document it. */
  readonly indexBase?: 0 | 1;
  readonly limits?: HttpLimits;
}

const BODY_MAX_BYTES = 1_000_000;
const YEAR_SECONDS = 365 * 86_400;

export class Sandbox {
  readonly faults = new Faults();
  readonly received = new Received();
  readonly requests = new RequestLog();
  readonly tokens: TokenEndpoint;
  readonly #options: SandboxOptions;
  readonly #server: FastifyInstance;
  readonly #statuses = new Map<number, number>();
  #mostEvents = 0;

  constructor(options: SandboxOptions = {}) {
    this.#options = options;
    const { tokenTtlSeconds: ttlSeconds = 3600, refreshTtlSeconds = YEAR_SECONDS } = options;
    this.tokens = new TokenEndpoint({ ttlSeconds, refreshTtlSeconds }, this.faults);
    this.#server = fastify({
      ...limitedServer(options.limits),
      bodyLimit: BODY_MAX_BYTES,
      forceCloseConnections: true,
    });
    limitOpenBodies(this.#server, new OpenBodies());
    this.#routes();
  }

  /** @returns the base URL */
  async start(): Promise<string> {
    return this.#server.listen({ host: this.#options.host ?? '127.0.0.1', port: this.#options.port ?? 0 });
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  /** Requests to the conversions endpoints, requested tokens, answers by status, most events in one request. */
  get stats(): { requests: number; tokenRequests: number; statuses: Record<string, number>; mostEvents: number } {
    const statuses = Object.fromEntries(this.#statuses);
    return {
      requests: this.requests.count,
      tokenRequests: this.tokens.requests,
      statuses,
      mostEvents: this.#mostEvents,
    };
  }

  #routes(): void {
    const server = this.#server;
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    server.post('/auth/o2/token', async (request, reply) => {
      const { status, body } = this.tokens.grant(new URLSearchParams(textOf(request.body)), Date.now());
      return reply.code(status).send(body);
    });
    server.get('/ap/oa', (request, reply) => answerConsent(request, reply, this.tokens));
    server.get('/v2/profiles', async (request, reply) => {
      if (!this.tokens.isValid(request.headers.authorization, Date.now())) return this.#refuse(reply, 401);
      return [{ profileId: 1234567890, countryCode: 'US', currencyCode: 'USD', timezone: 'America/Los_Angeles' }];
    });
    const { flat, described } = wiresOf(this.#options);
    server.post('/events/v1/conversions', (request, reply) => this.#conversions(request, reply, flat));
    server.post('/adsApi/v1/create/events', (request, reply) => this.#conversions(request, reply, described));
    this.#controlRoutes(server);
  }

  /** Routes to control the sandbox and to see what it received. */
  #controlRoutes(server: FastifyInstance): void {
    server.get('/sandbox/faults', async () => this.faults.list());
    server.post('/sandbox/faults', async (request, reply) => {
      const parsed = z.array(faultSchema).safeParse([parseJson(textOf(request.body))].flat(), WORDED);
      if (!parsed.success) return reply.code(400).send({ issues: issuesOf(parsed.error) });
      for (const fault of parsed.data) this.faults.add(fault);
      return this.faults.list();
    });
    server.delete<{ Querystring: { code?: string } }>('/sandbox/faults', (request, reply) => {
      this.faults.clear(request.query.code);
      return reply.send(this.faults.list());
    });
    server.post('/sandbox/expire-tokens', async () => {
      this.tokens.expireAll();
      return {};
    });
    server.post('/sandbox/expire-refresh-tokens', async () => {
      this.tokens.expireRefreshTokens();
      return {};
    });
    server.get<{ Querystring: { account?: string } }>('/sandbox/received', (request) =>
      this.received.list(request.query.account),
    );
    server.delete('/sandbox/received', async () => {
      this.received.clear();
      this.requests.clear();
      return [];
    });
    server.get('/sandbox/requests', async () => this.requests.list());
    server.get('/sandbox/stats', async () => this.stats);
  }

  async #conversions(request: FastifyRequest, reply: FastifyReply, wire: SandboxWire): Promise<FastifyReply> {
    const caller = callerOf(request.headers, wire);
    const { account } = caller;
    const record = this.requests.open(caller.client, Date.now());
    reply.header('x-amzn-RequestId', record.requestId);
    const end = () => {
      record.endedMs = Date.now();
      record.isAnswered = reply.raw.writableFinished;
    };
    // If the connection broke right after the body, it is already closed and emits no event.
    if (reply.raw.destroyed) end();
    else reply.raw.once('close', end);
    if (this.faults.strike('drop', account)) return this.#cut(request, reply);
    const latency = this.faults.strike('latency', account);
    if (latency) await sleep(latency.ms);
    const told = this.faults.strike('status', account);
    if (told) {
      if (told.retryAfterSeconds !== undefined) reply.header('Retry-After', String(told.retryAfterSeconds));
      if (told.body === undefined) return this.#refuse(reply, told.status);
      return this.#answer(reply, told.status, told.body);
    }
    const refusal = refusalOf(request.headers, wire, this.tokens, Date.now());
    if (refusal !== undefined) return this.#refuse(reply, refusal);
    return this.#take(request, reply, wire, { caller, record });
  }

  /** Stores the events and answers, unless a fault decides the answer. */
  #take(
    request: FastifyRequest,
    reply: FastifyReply,
    wire: SandboxWire,
    { caller, record }: { caller: Caller; record: RequestRecord },
  ): FastifyReply {
    const { account } = caller;
    const body = parseJson(textOf(request.body));
    const taken = takeConversions(body, wire, caller, {
      received: this.received,
      faults: this.faults,
      nowMs: Date.now(),
    });
    record.accepted = taken.accepted;
    record.omitted = taken.omitted;
    const events = typeof body === 'object' && body !== null ? Object.values(body)[0] : undefined;
    if (Array.isArray(events)) this.#mostEvents = Math.max(this.#mostEvents, events.length);
    if (this.faults.strike('lose_answer', account)) return this.#cut(request, reply);
    if (this.faults.strike('half_answer', account)) return answerHalf(reply, taken);
    const slow = this.faults.strike('slow_answer', account);
    if (slow) return answerSlowly(reply, taken, slow.ms);
    return this.#answer(reply, taken.status, taken.body);
  }

  #refuse(reply: FastifyReply, status: number): FastifyReply {
    return this.#answer(reply, status, { code: CODES[status] ?? 'ERROR', message: `the sandbox answers ${status}` });
  }

  #answer(reply: FastifyReply, status: number, body: object | string): FastifyReply {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    return reply.code(status).type('application/json').send(body);
  }

  #cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    request.raw.socket.destroy();
    return reply.hijack();
  }
}

const CODES: Record<number, string> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  413: 'CONTENT_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL_ERROR',
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A body that is not JSON is answered as a malformed request.
    return undefined;
  }
}

/** Bodies come as text. A request without a body has none. */
function textOf(body: unknown): string {
  return typeof body === 'string' ? body : '';
}

function wiresOf({ indexBase = 1 }: SandboxOptions): { flat: SandboxWire; described: SandboxWire } {
  const flat: SandboxWire = {
    root: 'eventData',
    contentTypes: ['application/vnd.amcconversionevent.v1+json'],
    clientHeader: 'amazon-advertising-api-clientid',
    accountHeader: 'amazon-advertising-api-scope',
    indexBase,
    maxAgeDays: 7,
    isDescribed: false,
  };
  const described: SandboxWire = {
    root: 'events',
    contentTypes: ['application/json', 'application/vnd.dspconversioneventimport.v1+json'],
    clientHeader: 'amazon-ads-clientid',
    accountHeader: 'amazon-ads-accountid',
    indexBase: 0,
    maxAgeDays: 21,
    isDescribed: true,
  };
  return { flat, described };
}
