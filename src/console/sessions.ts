/**
 * Sessions of signed-in people, in memory: a restart signs everybody out, and Redis stores nothing of them.
 *
 * The number of sessions per token is limited. Expired ones are removed first, then the oldest of the same token. So
 * nobody can sign others out by signing in often.
 */
import type { FastifySessionOptions } from '@fastify/session';

export const SESSION_MS = 12 * 3_600_000;
const SESSIONS_OF_A_TOKEN_MAX = 200;

declare module 'fastify' {
  interface Session {
    /** Hex digest of the token used to sign in. When a token is removed, its sessions end. */
    tokenDigest?: string;
    signedInAtMs?: number;
  }
}

type Store = NonNullable<FastifySessionOptions['store']>;
type StoredSession = Parameters<Store['set']>[1];

export class Sessions implements Store {
  readonly #sessions = new Map<string, StoredSession>();

  set(id: string, session: StoredSession, done: (error?: unknown) => void): void {
    this.#sessions.set(id, session);
    this.#makeRoom(session.tokenDigest);
    done();
  }

  get(id: string, done: (error: unknown, session?: StoredSession | null) => void): void {
    const session = this.#sessions.get(id);
    done(null, session && isOver(session) ? null : session);
  }

  destroy(id: string, done: (error?: unknown) => void): void {
    this.#sessions.delete(id);
    done();
  }

  #makeRoom(tokenDigest: string | undefined): void {
    const same: string[] = [];
    for (const [id, session] of this.#sessions) {
      if (isOver(session)) this.#sessions.delete(id);
      else if (session.tokenDigest === tokenDigest) same.push(id);
    }
    for (const id of same.slice(0, -SESSIONS_OF_A_TOKEN_MAX)) this.#sessions.delete(id);
  }
}

/** A session ends twelve hours after its start, used or not. */
function isOver({ signedInAtMs = 0 }: StoredSession): boolean {
  return Date.now() - signedInAtMs > SESSION_MS;
}
