/**
 * `GET /v1/events/{id}?source=S&account=A`: the state of an event.
 *
 * Promises: 200 for every state, also for `unknown`. A key that is bound to accounts or sources sees only these. 503
 * with Retry-After if Redis is down.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isEmptyId } from '../../find/candidates.js';
import { findEvent } from '../../find/finder.js';
import { fail } from './answer.js';
import { type ApiKey, isAllowed } from './api-keys.js';
import { faultOfFindQuery, readFindQuery } from './request-query.js';
import type { EventLookUp, RouteOptions } from './route-options.js';
import { identify } from './sender.js';

export function addFindRoute(server: FastifyInstance, options: RouteOptions & { readonly lookUp: EventLookUp }): void {
  server.get<{ Params: { id: string } }>('/v1/events/:id', async (request, reply) => {
    const sender = identify(request, reply, options);
    if (!sender || !options.places.take(request, reply)) return reply;
    return find(request, reply, options.lookUp, sender.key);
  });
}

async function find(
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
  { connection, accounts }: EventLookUp,
  key: ApiKey | undefined,
): Promise<FastifyReply> {
  const query = readFindQuery.safeParse(request.query);
  if (!query.success) return fail(reply, 400, 'BAD_QUERY', faultOfFindQuery(query.error));
  if (isEmptyId(request.params.id)) return fail(reply, 400, 'BAD_ID', 'the id is empty: GET /v1/events/{id}');
  const { source, account } = query.data;
  const known = accounts();
  if (account !== undefined && !known.includes(account)) {
    return fail(reply, 400, 'UNKNOWN_ACCOUNT', 'account names none of the accounts of this forwarder');
  }
  const asked = account === undefined ? known : [account];
  const seen = asked.filter((name) => key?.accounts?.includes(name) ?? true);
  if (seen.length === 0 || (key && source && !isAllowed(key, seen[0] ?? '', source))) {
    return fail(reply, 403, 'KEY_NOT_ALLOWED', 'the key is not meant for this account or source');
  }
  try {
    const found = await findEvent(connection, request.params.id, { accounts: seen, source, onlySources: key?.sources });
    return await reply.code(200).send(found);
  } catch {
    // The connection logs Redis's error. The caller can only retry.
    return fail(reply, 503, 'QUEUE_UNAVAILABLE', 'Redis is down: ask again');
  }
}
