/**
 * Access control. Every request passes it before its route.
 *
 * Promises: only people who have signed in see pages. A viewer changes nothing, whatever the page shows. A change comes
 * from our own page and carries its CSRF token. Without tokens (loopback only), a direct request from this machine is
 * the operator `local`; all others are refused.
 */
import { randomBytes } from 'node:crypto';
import cookie from '@fastify/cookie';
import csrf from '@fastify/csrf-protection';
import session from '@fastify/session';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isDirectRequest } from './direct-request.js';
import { type Query, textOf } from './filter-query.js';
import { isFromOwnPage } from './same-origin.js';
import { SESSION_MS, Sessions } from './sessions.js';
import type { ConsoleToken, Role } from './tokens.js';

/**
 * `public` for everybody, `viewer` for people who have signed in. By default reading needs a viewer, everything else an
 * operator.
 */
type Access = 'public' | 'viewer' | 'operator';

export interface User {
  readonly name: string;
  readonly role: Role;
  /** False if no token is needed. */
  readonly isSignedIn: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    user: User | null;
  }
}

const LOCAL: User = { name: 'local', role: 'operator', isSignedIn: false };

/** An answer other than the requested page. The server's error handler renders it. */
export class Refusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

export async function guardAccess(server: FastifyInstance, tokens: () => readonly ConsoleToken[]): Promise<void> {
  // Decided once: if all tokens are removed later, the console must be locked, not open.
  const isOpen = tokens().length === 0;
  await server.register(cookie);
  await server.register(session, {
    secret: randomBytes(32).toString('hex'),
    cookieName: 'capi_session',
    cookie: { path: '/', httpOnly: true, sameSite: 'strict', secure: false, maxAge: SESSION_MS },
    store: new Sessions(),
    saveUninitialized: false,
    rolling: false,
  });
  await server.register(csrf, {
    cookieKey: 'capi_csrf',
    cookieOpts: { path: '/', httpOnly: true, sameSite: 'strict' },
    csrfOpts: { hmacKey: randomBytes(32), userInfo: true },
    getUserInfo: csrfUserOf,
    // Only from the form: by default the library also accepts headers.
    getToken: ({ body }) => (isForm(body) ? textOf(body['_csrf']) : ''),
  });
  server.decorateRequest('user', null);

  server.addHook('onRequest', async (request, reply) => {
    if (isOpen && !isDirect(request)) {
      throw new Refusal(
        421,
        'Without CONSOLE_TOKEN the console answers browsers of its own machine only, at the address that it printed. Set a token to reach it through a proxy or by another name.',
      );
    }
    request.user = isOpen ? LOCAL : userOf(request, tokens());
    const isChange = request.method !== 'GET' && request.method !== 'HEAD';
    if (isChange && !isFromOwnPage(request.headers)) {
      throw new Refusal(403, 'This form was sent from another site. Nothing was changed.');
    }
    const access = request.routeOptions.config.access ?? (isChange ? 'operator' : 'viewer');
    if (access === 'public') return undefined;
    if (!request.user) return toSignIn(request, reply);
    if (access === 'operator' && request.user.role !== 'operator') {
      throw new Refusal(403, 'You are signed in as a viewer: viewers look and change nothing.');
    }
    return undefined;
  });
  server.addHook('preHandler', (request, reply, done) => {
    if (request.method === 'GET' || request.method === 'HEAD') done();
    else if (!isForm(request.body)) done(new Refusal(400, 'The form is empty. Nothing was changed.'));
    else server.csrfProtection(request, reply, done);
  });
}

function isDirect({ raw: { httpVersion, headers, socket } }: FastifyRequest): boolean {
  const { remoteAddress, localPort } = socket;
  return isDirectRequest({ httpVersion, headers, remoteAddress, localPort });
}

/** A request without a body has no form, whatever its headers say. */
function isForm(body: unknown): body is Query {
  return typeof body === 'object' && body !== null;
}

/** Set only by a proxy. A client that forges it gets cookies that its own browser does not send back. */
export function isBehindTls({ headers }: FastifyRequest): boolean {
  return /^https\b/.test(String(headers['x-forwarded-proto'] ?? ''));
}

/**
 * The user that a CSRF token is bound to, so that a token of another user, or from before sign-in, is invalid. Never
 * empty.
 */
export function csrfUserOf({ user }: FastifyRequest): string {
  return user ? `user ${user.name}` : 'nobody';
}

/** Starts a session under a new id, so that a planted session id is useless (session fixation). */
export async function signIn(request: FastifyRequest, token: ConsoleToken): Promise<void> {
  await request.session.regenerate();
  request.session.set('tokenDigest', token.digest.toString('hex'));
  request.session.set('signedInAtMs', Date.now());
  if (isBehindTls(request)) request.session.options({ secure: true });
  await request.session.save();
}

function userOf(request: FastifyRequest, tokens: readonly ConsoleToken[]): User | null {
  const digest = request.session.get('tokenDigest');
  const token = digest === undefined ? undefined : tokens.find((known) => known.digest.toString('hex') === digest);
  return token ? { name: token.name, role: token.role, isSignedIn: true } : null;
}

function toSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // A poll must not load the sign-in page into a part of another page.
  if (request.headers['hx-request'] !== undefined) return reply.code(401).header('HX-Refresh', 'true').send();
  const back = request.method === 'GET' && request.url !== '/' ? `?back=${encodeURIComponent(request.url)}` : '';
  return reply.redirect(`/sign-in${back}`, 303);
}
