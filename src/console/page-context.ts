/**
 * What every page needs: the user, the account, the colour scheme, and the token of its forms.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { csrfUserOf, isBehindTls, type User } from './access.js';
import type { ConsoleContext } from './console-context.js';

const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const THEME_COOKIE = 'capi_theme';

export interface PageContext {
  /** Undefined on the sign-in page. */
  readonly user: User | undefined;
  readonly csrf: string;
  readonly theme: Theme;
  /** Path and query of this page, for polling and for returning to it. */
  readonly path: string;
  /** All accounts that the console serves. */
  readonly accounts: readonly string[];
  /** Those with a shop that was reconciled. */
  readonly reconciled: ReadonlySet<string>;
  readonly nowMs: number;
}

export function pageContextOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { accounts, watch }: Pick<ConsoleContext, 'accounts' | 'watch'>,
): PageContext {
  return {
    user: request.user ?? undefined,
    csrf: reply.generateCsrf({ userInfo: csrfUserOf(request), secure: isBehindTls(request) }),
    theme: readTheme(request.cookies[THEME_COOKIE]),
    path: request.url,
    accounts: accounts(),
    reconciled: watch.reconciled,
    nowMs: Date.now(),
  };
}

export function readTheme(text: string | undefined): Theme {
  return THEMES.find((theme) => theme === text) ?? 'auto';
}

/** A redirect target on this server. Any other value could send people who sign in to another site. */
export function ownPath(path: string | undefined): string {
  return path !== undefined && /^\/(?![/\\])[\w/.~%?&=+,:;@-]*$/.test(path) ? path : '/';
}
