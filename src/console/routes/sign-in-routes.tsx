/** Sign-in, sign-out, and the reader's colour scheme. */
import type { FastifyInstance } from 'fastify';
import { signIn } from '../access.js';
import type { ConsoleContext } from '../console-context.js';
import { FAILURES_A_MINUTE, FailedSignIns } from '../failed-sign-ins.js';
import { type Query, textOf } from '../filter-query.js';
import { ownPath, pageContextOf, readTheme, THEME_COOKIE } from '../page-context.js';
import { sendPage } from '../render.js';
import { matchToken } from '../tokens.js';
import { SignInPage } from '../views/sign-in.js';

/** Anybody may send these. Our forms need a fraction of this. */
const PUBLIC_BODY_MAX_BYTES = 16_000;
const A_YEAR_SECONDS = 31_536_000;

export function addSignInRoutes(server: FastifyInstance, consoleContext: ConsoleContext): void {
  const { tokens, log } = consoleContext;
  server.get<{ Querystring: Query }>('/sign-in', { config: { access: 'public' } }, async (request, reply) => {
    const back = ownPath(textOf(request.query['back']));
    if (request.user) return reply.redirect(back, 303);
    return sendPage(reply, <SignInPage page={pageContextOf(request, reply, consoleContext)} back={back} />);
  });

  const isPublic = { bodyLimit: PUBLIC_BODY_MAX_BYTES, config: { access: 'public' } } as const;
  const failures = new FailedSignIns();
  server.post<{ Body: Query }>('/sign-in', isPublic, async (request, reply) => {
    const back = ownPath(textOf(request.body['back']));
    const token = matchToken(tokens(), textOf(request.body['token']));
    if (!token) {
      const count = failures.note(request.ip, Date.now());
      const isOften = count > FAILURES_A_MINUTE;
      // Over the limit, one line a minute is logged, so that a flood does not fill the disk.
      if (count <= FAILURES_A_MINUTE + 1) log.warn('console.sign_in_refused', { address: request.ip, count });
      if (isOften) await failures.delay();
      const page = pageContextOf(request, reply, consoleContext);
      reply.code(isOften ? 429 : 401);
      const fault = isOften ? 'There is no such token, and there were many such tries.' : 'There is no such token.';
      return sendPage(reply, <SignInPage page={page} back={back} fault={fault} />);
    }
    await signIn(request, token);
    log.info('console.signed_in', { keyName: token.name });
    return reply.redirect(back, 303);
  });

  server.post('/sign-out', { config: { access: 'viewer' } }, async (request, reply) => {
    await request.session.destroy();
    return reply.clearCookie('capi_session', { path: '/' }).redirect('/sign-in', 303);
  });

  server.post<{ Body: Query }>('/theme', isPublic, async (request, reply) => {
    const theme = readTheme(textOf(request.body['theme']));
    const options = { path: '/', httpOnly: true, sameSite: 'strict', maxAge: A_YEAR_SECONDS } as const;
    return reply.setCookie(THEME_COOKIE, theme, options).redirect(ownPath(textOf(request.body['back'])), 303);
  });
}
