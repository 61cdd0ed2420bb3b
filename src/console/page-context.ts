/**
 * What every page needs to know of its reader: who it is, which account, how it is to look, and the token of its forms.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { csrfUserOf, isBehindTls, type User } from './access.js';
import type { ConsoleRooms } from './console-rooms.js';

const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const THEME_COOKIE = 'capi_theme';

export interface PageContext {
  /** Undefined on the page for signing in. */
  readonly user: User | undefined;
  readonly csrf: string;
  readonly theme: Theme;
  /** Path and query of this page, to come back to and to poll. */
  readonly path: string;
  /** All that the console serves. */
  readonly accounts: readonly string[];
  /** Those of them of which a shop was reconciled. */
  readonly reconciled: ReadonlySet<string>;
  readonly nowMs: number;
}

export function pageContextOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { accounts, watch }: Pick<ConsoleRooms, 'accounts' | 'watch'>,
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

/** A path of our own to go to; anything else would let a link lead people who sign in elsewhere. */
export function ownPath(path: string | undefined): string {
  return path !== undefined && /^\/(?![/\\])[\w/.~%?&=+,:;@-]*$/.test(path) ? path : '/';
}
