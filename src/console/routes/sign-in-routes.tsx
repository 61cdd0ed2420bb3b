/** Signing in and out, and the colours that a reader wants. */
import type { FastifyInstance } from 'fastify';
import { Refusal, signIn } from '../access.js';
import type { ConsoleRooms } from '../console.js';
import { type Query, textOf } from '../filter-query.js';
import { ownPath, pageContextOf, readTheme, THEME_COOKIE } from '../page-context.js';
import { sendPage } from '../render.js';
import { matchToken } from '../tokens.js';
import { SignInPage } from '../views/sign-in.js';

/** A person mistypes a few times; a program would have to guess 32 bytes ten times a minute. */
const TRIES_A_MINUTE = 10;
const A_YEAR_SECONDS = 31_536_000;

export function addSignInRoutes(server: FastifyInstance, { accounts, tokens, log }: ConsoleRooms): void {
  server.get<{ Querystring: Query }>('/sign-in', { config: { access: 'public' } }, async (request, reply) => {
    const back = ownPath(textOf(request.query['back']));
    if (request.user) return reply.redirect(back, 303);
    return sendPage(reply, <SignInPage page={pageContextOf(request, reply, accounts)} back={back} />);
  });

  const rateLimit = {
    max: TRIES_A_MINUTE,
    timeWindow: '1 minute',
    errorResponseBuilder: () => new Refusal(429, 'Too many tries to sign in. Wait a minute.'),
  };
  server.post<{ Body: Query }>('/sign-in', { config: { access: 'public', rateLimit } }, async (request, reply) => {
    const back = ownPath(textOf(request.body['back']));
    const token = matchToken(tokens(), textOf(request.body['token']));
    if (!token) {
      log.warn('console.sign_in_refused', { address: request.ip });
      const page = pageContextOf(request, reply, accounts);
      reply.code(401);
      return sendPage(reply, <SignInPage page={page} back={back} fault="There is no such token." />);
    }
    await signIn(request, token);
    log.info('console.signed_in', { keyName: token.name });
    return reply.redirect(back, 303);
  });

  server.post('/sign-out', { config: { access: 'viewer' } }, async (request, reply) => {
    await request.session.destroy();
    return reply.clearCookie('capi_session', { path: '/' }).redirect('/sign-in', 303);
  });

  server.post<{ Body: Query }>('/theme', { config: { access: 'public' } }, async (request, reply) => {
    const theme = readTheme(textOf(request.body['theme']));
    const options = { path: '/', httpOnly: true, sameSite: 'strict', maxAge: A_YEAR_SECONDS } as const;
    return reply.setCookie(THEME_COOKIE, theme, options).redirect(ownPath(textOf(request.body['back'])), 303);
  });
}
