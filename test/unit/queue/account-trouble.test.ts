import { describe, expect, it } from 'vitest';
import type { AccountState } from '../../../src/queue/account-state.js';
import { byTrouble, troubleOf } from '../../../src/queue/account-trouble.js';
import { onceIn } from '../../../src/telemetry/once-in.js';
import { windowIdsOf } from '../../../src/window/layout.js';

const NOW_MS = Date.parse('2026-11-20T12:00:00Z');
const HOUR_MS = 3_600_000;
const none = {
  attempts_exhausted: 0,
  expired: 0,
  forbidden: 0,
  rejected: 0,
  rejected_batch: 0,
  too_large: 0,
  unreadable: 0,
};

function stateOf(account: string, overrides: Partial<AccountState> = {}): AccountState {
  return {
    account,
    jobs: { waiting: 0, active: 0, delayed: 0, prioritized: 0, failed: 0 },
    ledger: { enqueued: 0, replayed: 0, delivered: 0, duplicate: 0, dead_lettered: 0, erased: 0, discarded: 0 },
    queuedEvents: 0,
    oldestMs: undefined,
    gate: undefined,
    deadLetters: none,
    oldestLetterMs: undefined,
    lostWrites: undefined,
    windowIds: 0,
    ...overrides,
  };
}

const gate = { detail: '', sinceMs: NOW_MS, untilMs: NOW_MS };
const held = stateOf('held', { gate: { ...gate, reason: 'credentials_refused' } });
const throttled = stateOf('throttled', { gate: { ...gate, reason: 'throttled' } });
const late = stateOf('late', { oldestMs: NOW_MS - 2 * HOUR_MS });
const few = stateOf('few', { deadLetters: { ...none, rejected: 1 } });
const many = stateOf('many', { deadLetters: { ...none, rejected: 9 } });
const lost = stateOf('lost', { ledger: { ...stateOf('x').ledger, enqueued: 1 } });
const fine = [stateOf('a'), stateOf('b')];

describe('ordering accounts', () => {
  it('problems first: balance, holds, delays, dead letters, throttling; then by name', () => {
    const all = [...fine.toReversed(), few, throttled, many, late, held, lost];
    const sorted = byTrouble(all, (state) => ({ state, difference: state === lost ? 1 : 0 }), NOW_MS);
    expect(sorted.map(({ account }) => account)).toEqual([
      'lost',
      'held',
      'late',
      'many',
      'few',
      'throttled',
      'a',
      'b',
    ]);
  });

  it('names the problem of an account that was not counted', () => {
    expect(troubleOf({ state: fine[0] ?? held, difference: undefined }, NOW_MS)).toBe('none');
  });
});

describe('the size of the window', () => {
  it('leaves out the hours that are over', () => {
    const hour = Math.floor(NOW_MS / HOUR_MS);
    const sizes = ['window', String(48 * HOUR_MS), String(hour), '5', String(hour - 48), '7', String(hour - 50), '100'];
    expect(windowIdsOf(sizes, NOW_MS)).toBe(12);
    expect(windowIdsOf([], NOW_MS)).toBe(0);
  });
});

describe('doing work once in a while', () => {
  it('gives everybody the same result until the time is over, and what failed to nobody', async () => {
    let runs = 0;
    const read = onceIn(60_000, async () => {
      runs += 1;
      if (runs === 1) throw new Error('away');
      return runs;
    });
    await expect(read()).rejects.toThrow('away');
    expect(await Promise.all([read(), read(), read()])).toEqual([2, 2, 2]);
    const always = onceIn(0, async () => (runs += 1));
    expect([await always(), await always()]).toEqual([3, 4]);
  });
});
