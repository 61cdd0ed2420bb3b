/**
 * The HTTP intake: `POST /v1/events?source=S&account=A` with an object, an array or NDJSON.
 *
 * Promises: 202 only after the events are in Redis; a bad record is refused with its place, path and reason and takes
 * no other with it; 503 with Retry-After where Redis is away or full, and then nothing of the request was accepted.
 * Every answer other than 202 is `{error: {code, message}}`, with `rejected` beside it where records were at fault.
 */
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Logger } from '../log.js';
import type { MappingContext } from '../mapping/context.js';
import { EVENT_TYPES } from '../mapping/event.js';
import { parseJson } from '../mapping/json.js';
import type { Issue } from '../mapping/refusal.js';
import { isSource, SOURCES, type Source } from '../mapping/source.js';
import type { Metrics } from '../metrics.js';
import type { QueuedEvent } from '../queue.js';
import { type ApiKey, matchApiKey } from './api-keys.js';
import type { EventWriter } from './event-writer.js';
import { type MappedRecord, mapRecord, UNREADABLE_RECORD } from './records.js';

const BODY_MAX_BYTES = 5_000_000;
const RECORDS_MAX = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const RETRY_AFTER_SECONDS = 5;
const JSON_TYPES = ['application/json', 'application/x-ndjson', 'application/ndjson', 'application/jsonl'];

export interface IntakeParts {
  readonly host: string;
  readonly port: number;
  /** None: whoever reaches the address may send. */
  readonly apiKeys: readonly ApiKey[];
  /** A writer an account. */
  readonly writers: ReadonlyMap<string, EventWriter>;
  readonly contextOf: (account: string, nowMs: number) => MappingContext;
  readonly metrics: Metrics;
  readonly log: Logger;
}

interface Query {
  readonly source?: string;
  readonly account?: string;
  readonly eventType?: string;
}

interface Rejected {
  readonly index: number;
  readonly issues: readonly Issue[];
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #server: FastifyInstance;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#server = fastify({ bodyLimit: BODY_MAX_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, return503OnClosing: true });
    this.#server.removeAllContentTypeParsers();
    this.#server.addContentTypeParser(JSON_TYPES, { parseAs: 'string' }, (_request, body, done) => done(null, body));
    this.#server.setErrorHandler((error, _request, reply) => this.#explain(error, reply));
    this.#server.setNotFoundHandler((_request, reply) => fail(reply, 404, 'NOT_FOUND', 'there is POST /v1/events'));
    this.#server.post<{ Querystring: Query }>('/v1/events', {
      onRequest: async (request, reply) => this.#authorise(request, reply),
      handler: async (request, reply) => this.#takeEvents(request, reply),
    });
  }

  /** @returns the base URL */
  start(): Promise<string> {
    return this.#server.listen({ host: this.#parts.host, port: this.#parts.port });
  }

  /** Answers what is under way, then closes. */
  stop(): Promise<void> {
    return this.#server.close();
  }

  #authorise(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    const { apiKeys } = this.#parts;
    if (apiKeys.length === 0 || matchApiKey(apiKeys, request.headers.authorization) !== undefined) return undefined;
    reply.header('WWW-Authenticate', 'Bearer');
    return fail(reply, 401, 'UNAUTHORIZED', 'send Authorization: Bearer <key> with a key of INTAKE_API_KEYS');
  }

  async #takeEvents(request: FastifyRequest<{ Querystring: Query }>, reply: FastifyReply): Promise<FastifyReply> {
    const { source = 'conversion', account = 'default', eventType } = request.query;
    if (!isSource(source)) return fail(reply, 400, 'UNKNOWN_SOURCE', `source is one of ${SOURCES.join(', ')}`);
    const writer = this.#parts.writers.get(account);
    if (!writer) return fail(reply, 400, 'UNKNOWN_ACCOUNT', 'account names none of the accounts of this forwarder');
    const knownType = EVENT_TYPES.find((known) => known === eventType);
    if (eventType !== undefined && !knownType) {
      return fail(reply, 400, 'UNKNOWN_EVENT_TYPE', `eventType is one of ${EVENT_TYPES.join(', ')}`);
    }
    const context = { ...this.#parts.contextOf(account, Date.now()), eventType: knownType };
    const records = mapBody(
      typeof request.body === 'string' ? request.body : '',
      !isJsonType(request),
      source,
      context,
    );
    if (records === undefined) return fail(reply, 400, 'NOT_JSON', 'the body is not valid JSON');
    if (records.length > RECORDS_MAX) {
      return fail(reply, 413, 'TOO_MANY_RECORDS', `a request takes at most ${RECORDS_MAX} records`);
    }
    return this.#enqueue(records, { source, account, writer, reply });
  }

  async #enqueue(
    records: readonly MappedRecord[],
    { source, account, writer, reply }: { source: Source; account: string; writer: EventWriter; reply: FastifyReply },
  ): Promise<FastifyReply> {
    const { metrics, log } = this.#parts;
    const entries: QueuedEvent[] = [];
    const rejected: Rejected[] = [];
    records.forEach((record, index) => {
      entries.push(...record.entries);
      if (record.issues.length > 0) rejected.push({ index, issues: record.issues });
      for (const reason of record.refusals) metrics.eventsRefused.inc({ account, source, reason });
    });
    if (entries.length === 0) {
      const error = { code: 'NONE_ACCEPTED', message: 'no event of the request is acceptable: see rejected' };
      return reply.code(400).send({ error, accepted: 0, rejected });
    }
    const startedAt = performance.now();
    try {
      await writer.write(entries);
    } catch (err) {
      log.error('intake.redis_refused', { account, source, events: entries.length, err });
      reply.header('Retry-After', String(RETRY_AFTER_SECONDS));
      return fail(reply, 503, 'QUEUE_UNAVAILABLE', 'the queue is away or full: nothing was accepted, send it again');
    }
    metrics.redisDuration.observe({ command: 'enqueue' }, (performance.now() - startedAt) / 1000);
    metrics.eventsEnqueued.inc({ account, source }, entries.length);
    return reply.code(202).send({ accepted: entries.length, rejected });
  }

  #explain(error: unknown, reply: FastifyReply): FastifyReply {
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    if (status === 413) return fail(reply, 413, 'BODY_TOO_LARGE', `a body takes at most ${BODY_MAX_BYTES} bytes`);
    if (status === 415)
      return fail(reply, 415, 'UNSUPPORTED_MEDIA_TYPE', `send ${JSON_TYPES.slice(0, 2).join(' or ')}`);
    if (status >= 400 && status < 500) return fail(reply, status, 'BAD_REQUEST', 'the request could not be read');
    this.#parts.log.error('intake.fault', { err: error });
    return fail(reply, 500, 'INTERNAL', 'a fault of the forwarder: nothing was accepted');
  }
}

/** @returns undefined where a JSON body does not parse; in NDJSON each line stands for itself. */
function mapBody(body: string, isLines: boolean, source: Source, context: MappingContext): MappedRecord[] | undefined {
  if (isLines) {
    const lines = body.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => mapText(line, source, context) ?? UNREADABLE_RECORD);
  }
  try {
    const parsed = parseJson(body);
    return (Array.isArray(parsed) ? parsed : [parsed]).map((payload: unknown) => mapRecord(source, payload, context));
  } catch {
    return undefined;
  }
}

/** @returns undefined where the text is not JSON */
function mapText(text: string, source: Source, context: MappingContext): MappedRecord | undefined {
  let payload: unknown;
  try {
    payload = parseJson(text);
  } catch {
    return undefined;
  }
  return mapRecord(source, payload, context);
}

function isJsonType(request: FastifyRequest): boolean {
  return /^application\/json\b/i.test(request.headers['content-type'] ?? '');
}

function fail(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ error: { code, message } });
}
