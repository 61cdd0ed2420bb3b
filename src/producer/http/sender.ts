/** Who sends a request: the owner of its key, or, if there are no keys, a local sender. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isExpectedHost } from '../../http/expected-host.js';
import { fail } from './answer.js';
import { type ApiKey, matchApiKey } from './api-keys.js';
import type { IntakeOptions } from './route-options.js';

/** A sender who may ask. */
export interface Sender {
  /** Undefined if the intake has no keys. */
  readonly key: ApiKey | undefined;
}

/** @returns undefined if the sender is not allowed; then the request has been answered */
export function identify(
  request: FastifyRequest,
  reply: FastifyReply,
  { apiKeys, allowedHosts = [] }: Pick<IntakeOptions, 'apiKeys' | 'allowedHosts'>,
): Sender | undefined {
  if (apiKeys === undefined) {
    if (isExpectedHost(request.headers.host, { isLoopback: true, allowed: allowedHosts })) return { key: undefined };
    fail(
      reply,
      421,
      'UNKNOWN_HOST',
      'without keys the intake answers to the names of this machine: set INTAKE_API_KEYS or ALLOWED_HOSTS',
    );
    return undefined;
  }
  const key = matchApiKey(apiKeys(), request.headers.authorization);
  if (key) return { key };
  reply.header('WWW-Authenticate', 'Bearer');
  fail(reply, 401, 'UNAUTHORIZED', 'send Authorization: Bearer <key> with a key of INTAKE_API_KEYS');
  return undefined;
}
