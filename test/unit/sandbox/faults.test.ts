import { describe, expect, it } from 'vitest';
import { type Fault, Faults, faultSchema, isAbout } from '../../../src/sandbox/faults.js';

const DOWN: Fault = { kind: 'status', status: 503 };

/** How often a fault of the kind happens in this many requests. */
function strikes(faults: Faults, requests: number, account?: string): number {
  return Array.from({ length: requests }, () => faults.strike('status', account)).filter(Boolean).length;
}

/** Gives these numbers in turn, again and again. */
function chance(...numbers: number[]): () => number {
  let next = 0;
  return () => {
    next += 1;
    return numbers[(next - 1) % numbers.length] ?? 0;
  };
}

describe('striking', () => {
  it('without faults nothing fails', () => {
    expect(strikes(new Faults(), 3)).toBe(0);
  });

  it('a fault affects every request until it is cleared', () => {
    const faults = new Faults();
    faults.add(DOWN);
    expect(strikes(faults, 50)).toBe(50);
    faults.clear();
    expect(strikes(faults, 3)).toBe(0);
    expect(faults.list()).toEqual([]);
  });

  it('happens the given number of times, then ends', () => {
    const faults = new Faults();
    faults.add({ ...DOWN, times: 2 });
    expect(faults.strike('status', undefined)).toEqual({ ...DOWN, times: 2 });
    expect(faults.list()).toHaveLength(1);
    expect(strikes(faults, 5)).toBe(1);
    expect(faults.list()).toEqual([]);
  });

  it('affects its share of the requests', () => {
    const faults = new Faults(chance(0.1, 0.29, 0.3, 0.9));
    faults.add({ ...DOWN, rate: 0.3 });
    expect(strikes(faults, 8)).toBe(4);
  });

  it('counts only the strikes of a share', () => {
    const faults = new Faults(chance(0.9, 0.1));
    faults.add({ ...DOWN, rate: 0.5, times: 2 });
    expect(strikes(faults, 3)).toBe(1);
    expect(strikes(faults, 10)).toBe(1);
  });

  it('affects only its account', () => {
    const faults = new Faults();
    faults.add({ ...DOWN, account: '123', times: 1 });
    expect(strikes(faults, 3, '456')).toBe(0);
    expect(strikes(faults, 3)).toBe(0);
    expect(strikes(faults, 3, '123')).toBe(1);
  });

  it('affects only requests of its kind', () => {
    const faults = new Faults();
    faults.add(DOWN);
    expect(faults.strike('drop', undefined)).toBeUndefined();
    expect(faults.strike('latency', undefined)).toBeUndefined();
  });

  it('the first that is meant strikes, and one that is not stays for later', () => {
    const faults = new Faults();
    faults.add({ kind: 'poison', idHolds: 'a', times: 1 });
    faults.add({ kind: 'poison', idHolds: 'b', times: 1 });
    const strike = (id: string) => faults.strike('poison', undefined, (fault) => isAbout(fault, {}, id))?.idHolds;
    expect([strike('b'), strike('b'), strike('ab'), strike('ab')]).toEqual(['b', undefined, 'a', undefined]);
  });

  it('depends on an event’s content, until the field is corrected', () => {
    const fault = { fields: { currencyCode: '^JPY$', value: '\\.' } };
    expect(isAbout(fault, { currencyCode: 'JPY', value: 16642.5 }, 'a')).toBe(true);
    expect(isAbout(fault, { currencyCode: 'JPY', value: 16642 }, 'a')).toBe(false);
    expect(isAbout(fault, { currencyCode: 'USD', value: 16642.5 }, 'a')).toBe(false);
    expect(isAbout(fault, { currencyCode: 'JPY' }, 'a')).toBe(false);
    expect(isAbout({ idHolds: 'b', ...fault }, { currencyCode: 'JPY', value: 0.5 }, 'a')).toBe(false);
  });

  it('only the faults of a code are cleared, where one is named', () => {
    const faults = new Faults();
    faults.add(DOWN);
    faults.add({ kind: 'item_error', code: 'ACCESS_DENIED' });
    faults.clear('ACCESS_DENIED');
    expect(faults.list()).toEqual([DOWN]);
  });

  it('two of a kind happen in the order in which they were added', () => {
    const faults = new Faults();
    faults.add({ ...DOWN, times: 1 });
    faults.add({ kind: 'status', status: 429, retryAfterSeconds: 2 });
    expect(faults.strike('status', undefined)?.status).toBe(503);
    expect(faults.strike('status', undefined)?.status).toBe(429);
  });
});

describe('reading faults', () => {
  it.each([
    { kind: 'status', status: 429, retryAfterSeconds: 0.5, body: '{}', rate: 1 },
    { kind: 'latency', ms: 0 },
    { kind: 'drop', times: 1 },
    { kind: 'lose_answer', account: '123' },
    { kind: 'half_answer', rate: 0.5 },
    { kind: 'slow_answer', ms: 1 },
    { kind: 'omit_items', count: 1 },
    { kind: 'poison', idHolds: 'x' },
    { kind: 'item_error', idHolds: '', code: 'INTERNAL_ERROR', status: 500, message: 'why' },
    { kind: 'credentials', error: 'invalid_grant' },
    { kind: 'token_status', status: 500 },
  ])('takes %j', (fault) => {
    expect(faultSchema.parse(fault)).toEqual(fault);
  });

  it.each([
    { kind: 'fire' },
    { kind: 'status' },
    { kind: 'status', status: 100 },
    { kind: 'drop', times: 0 },
    { kind: 'drop', rate: 0 },
    { kind: 'drop', rate: 1.1 },
    { kind: 'drop', often: 3 },
    { kind: 'slow_answer' },
    { kind: 'slow_answer', ms: 0 },
    { kind: 'omit_items', count: 0 },
    { kind: 'credentials', error: 'tired' },
    { kind: 'token_status', status: 200 },
  ])('refuses %j', (fault) => {
    expect(faultSchema.safeParse(fault).success).toBe(false);
  });
});
