import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SESSION_MS, Sessions } from '../../../src/console/sessions.js';

type Session = Parameters<Sessions['set']>[1];

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const begun = (tokenDigest = 'a'): Session => ({
  cookie: { originalMaxAge: null },
  signedInAtMs: Date.now(),
  tokenDigest,
});

function read(sessions: Sessions, id: string): Session | null | undefined {
  let found: Session | null | undefined;
  sessions.get(id, (_error, session) => {
    found = session;
  });
  return found;
}

describe('keeping sessions', () => {
  it('a session is over twelve hours after it began, used or not', () => {
    const sessions = new Sessions();
    sessions.set('a', begun(), () => undefined);
    vi.advanceTimersByTime(SESSION_MS);
    expect(read(sessions, 'a')).toBeTruthy();
    vi.advanceTimersByTime(1);
    expect(read(sessions, 'a')).toBeNull();
  });

  it('signing out ends it at once', () => {
    const sessions = new Sessions();
    sessions.set('a', begun(), () => undefined);
    sessions.destroy('a', () => undefined);
    expect(read(sessions, 'a')).toBeFalsy();
  });

  const count = (sessions: Sessions, prefix: string) =>
    Array.from({ length: 1_200 }, (_, number) => read(sessions, `${prefix}${number}`)).filter(Boolean).length;

  it('never holds more than two hundred of a token: what is over goes first, then the oldest', () => {
    const sessions = new Sessions();
    sessions.set('over', begun(), () => undefined);
    vi.advanceTimersByTime(SESSION_MS + 1);
    for (let number = 0; number < 200; number += 1) sessions.set(`s${number}`, begun(), () => undefined);
    expect(read(sessions, 's0')).toBeTruthy();
    sessions.set('one more', begun(), () => undefined);
    expect([read(sessions, 's0'), read(sessions, 's1'), read(sessions, 'one more')].map(Boolean)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('nobody is signed out by how often others sign in', () => {
    const sessions = new Sessions();
    sessions.set('operator', begun('operator'), () => undefined);
    for (let number = 0; number < 1_100; number += 1) sessions.set(`v${number}`, begun('viewer'), () => undefined);
    expect(read(sessions, 'operator')).toBeTruthy();
    expect(count(sessions, 'v')).toBe(200);
  });
});
