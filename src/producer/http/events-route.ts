/**
 * `POST /v1/events?source=S&account=A`: an object, an array or NDJSON, with a bearer key.
 *
 * The body may be gzip (`Content-Encoding`). Promises: 202 only after the events are in Redis. A bad record is refused
 * with its place, path and reason, and does not affect the others. 503 with Retry-After if Redis is down or full; then
 * no event of the request was accepted.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { limitOpenBodies } from '../../http/open-bodies.js';
import { EVENTS_MAX } from '../../mapping/bounds.js';
import { withCall } from '../../mapping/context.js';
import { acceptRecords } from '../accept.js';
import type { MappedRecord } from '../records.js';
import { fail, refuseEncoding } from './answer.js';
import { type ApiKey, isAllowed } from './api-keys.js';
import { type Mapping, mapBody } from './map-body.js';
import { BODY_MAX_BYTES, encodingOf, readBody } from './request-body.js';
import { faultOfEventsQuery, readEventsQuery } from './request-query.js';
import type { RouteOptions } from './route-options.js';
import { identify } from './sender.js';

const BODY_TYPES = ['application/json', 'application/x-ndjson', 'application/ndjson', 'application/jsonl'];

export function addEventsRoute(server: FastifyInstance, options: RouteOptions): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(BODY_TYPES, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const keyOf = new WeakMap<FastifyRequest, ApiKey>();
  limitOpenBodies(server, options.bodies, (request) => keyOf.has(request));
  const isReadable = (request: FastifyRequest, reply: FastifyReply) => {
    if (encodingOf(request.headers) !== 'unknown') return true;
    refuseEncoding(reply, 'gzip', 'Content-Encoding is gzip or none');
    return false;
  };
  server.post('/v1/events', {
    // Before the body is read, so that a request without a key costs nothing.
    onRequest: (request, reply, next) => {
      const sender = identify(request, reply, options);
      if (!sender) return;
      if (sender.key) keyOf.set(request, sender.key);
      if (isReadable(request, reply) && (!sender.key || options.places.take(request, reply))) next();
    },
    // If there are no keys, every local sender counts as known once its body has arrived.
    preHandler: (request, reply, next) => {
      if (keyOf.has(request) || options.places.take(request, reply)) next();
    },
    handler: (request, reply) => takeEvents(request, reply, options, keyOf.get(request)),
  });
}

async function takeEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  options: RouteOptions,
  key: ApiKey | undefined,
): Promise<FastifyReply> {
  const query = readEventsQuery.safeParse(request.query);
  if (!query.success) return fail(reply, 400, 'BAD_QUERY', faultOfEventsQuery(query.error));
  const { source, account, receivedAt } = query.data;
  if (receivedAt !== undefined && source !== 'ga4') {
    return fail(reply, 400, 'BAD_QUERY', 'receivedAt is for source ga4: what other sources send has a time');
  }
  const writer = options.writers.get(account);
  if (!writer) return fail(reply, 400, 'UNKNOWN_ACCOUNT', 'account names none of the accounts of this forwarder');
  if (key && !isAllowed(key, account, source)) {
    return fail(reply, 403, 'KEY_NOT_ALLOWED', 'the key is not meant for this account or source');
  }
  const context = withCall(options.contextOf(account, options.clock.nowMs()), query.data);
  const records = await readRecords(request, { source, context });
  if ('code' in records) return fail(reply, records.status, records.code, records.message);
  const acceptance = await acceptRecords(records, { account, source, writer }, options);
  switch (acceptance.kind) {
    case 'queued':
      return reply.code(202).send({ accepted: acceptance.accepted, rejected: acceptance.rejected });
    case 'refused': {
      const isEmpty = acceptance.rejected.length === 0;
      const message = isEmpty ? 'the request has no events' : 'no event of the request is acceptable: see rejected';
      const error = { code: 'NONE_ACCEPTED', message };
      return reply.code(400).send({ error, accepted: 0, rejected: acceptance.rejected });
    }
    case 'unavailable':
      return fail(reply, 503, acceptance.code, acceptance.message);
    default:
      return acceptance satisfies never;
  }
}

interface BodyFault {
  readonly status: 400 | 413;
  readonly code: string;
  readonly message: string;
}

async function readRecords(request: FastifyRequest, mapping: Mapping): Promise<readonly MappedRecord[] | BodyFault> {
  const sent = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const body = await readBody(sent, encodingOf(request.headers));
  if (body === 'not_gzip') {
    return {
      status: 400,
      code: 'NOT_GZIP',
      message: 'Content-Encoding is gzip, but the body is not, or it is cut off',
    };
  }
  if (body === 'too_large') {
    return { status: 413, code: 'BODY_TOO_LARGE', message: `a body takes at most ${BODY_MAX_BYTES} bytes, unpacked` };
  }
  const records = mapBody(body.text, isJson(request) ? 'json' : 'ndjson', mapping);
  if (records === 'not_json') return { status: 400, code: 'NOT_JSON', message: notJson(body.text) };
  if (records !== 'too_many') return records;
  return { status: 413, code: 'TOO_MANY_RECORDS', message: `a request takes at most ${EVENTS_MAX} events` };
}

/** Usual mistakes: NDJSON with the content type of JSON, and gzip without `Content-Encoding`. */
function notJson(text: string): string {
  const isNdjson = /^\s*\{[^\n]*\}\r?\n\s*\{/.test(text);
  const isGzip = text.startsWith('\x1f');
  const advice = isNdjson ? ': send NDJSON as application/x-ndjson' : isGzip ? ': send gzip with Content-Encoding' : '';
  return `the body is not valid JSON${advice}`;
}

function isJson(request: FastifyRequest): boolean {
  return /^application\/json\b/i.test(request.headers['content-type'] ?? '');
}
