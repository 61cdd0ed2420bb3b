/**
 * The sandbox's version of Amazon's consent page: everybody consents at once, and the browser is redirected with a
 * code. With `deny=1` in the address it is redirected without one.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { TokenEndpoint } from './token-endpoint.js';

const querySchema = z.object({
  client_id: z.string().min(1),
  scope: z.string().min(1),
  response_type: z.literal('code'),
  redirect_uri: z.url({ protocol: /^https?$/ }),
  state: z.string().optional(),
  deny: z.string().optional(),
});

export function answerConsent(request: FastifyRequest, reply: FastifyReply, tokens: TokenEndpoint): FastifyReply {
  const query = querySchema.safeParse(request.query);
  if (!query.success) return reply.code(400).send({ error: 'invalid_request' });
  const { redirect_uri: redirectUri, scope, state, deny } = query.data;
  const back = new URL(redirectUri);
  if (state !== undefined) back.searchParams.set('state', state);
  if (deny === undefined) {
    back.searchParams.set('code', tokens.issueCode(redirectUri, Date.now()));
    back.searchParams.set('scope', scope);
  } else back.searchParams.set('error', 'access_denied');
  return reply.redirect(back.href, 302);
}
