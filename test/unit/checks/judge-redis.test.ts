import { describe, expect, it } from 'vitest';
import {
  judgeClock,
  judgeEviction,
  judgeLatency,
  judgePersistence,
  judgeVersion,
} from '../../../src/checks/judge-redis.js';
import type { RedisFacts } from '../../../src/checks/redis-facts.js';
import { codeOf, fail, ok, warn, worstOf } from '../../../src/checks/result.js';

const facts = (overrides: Partial<RedisFacts> = {}): RedisFacts => ({
  address: '10.0.0.1:6379',
  product: 'Redis',
  version: '7.2.4',
  evictionPolicy: 'noeviction',
  isAppendOnly: true,
  appendSync: 'everysec',
  hasSnapshots: true,
  isDiskFailing: false,
  replicas: 0,
  ...overrides,
});

describe('judging what Redis says of itself', () => {
  it.each([
    ['6.2.0', 'ok'],
    ['7.0.15', 'ok'],
    ['10.0', 'ok'],
    ['6.0.16', 'fail'],
    ['5.0.14', 'fail'],
    ['unstable', 'warn'],
    [undefined, 'warn'],
  ])('version %s is %s', (version, level) => {
    expect(judgeVersion(facts({ version })).level).toBe(level);
  });

  it.each([
    ['noeviction', 'ok'],
    ['allkeys-lru', 'fail'],
    ['volatile-ttl', 'fail'],
    [undefined, 'warn'],
  ])('eviction policy %s is %s', (evictionPolicy, level) => {
    expect(judgeEviction(facts({ evictionPolicy })).level).toBe(level);
  });

  it.each<[Partial<RedisFacts>, string, string]>([
    [{}, 'ok', 'appendfsync everysec'],
    [{ appendSync: undefined }, 'ok', 'appendonly yes'],
    [{ appendSync: 'no' }, 'warn', 'appendfsync no'],
    [{ isAppendOnly: false }, 'warn', 'snapshots only'],
    [{ isAppendOnly: false, hasSnapshots: undefined }, 'warn', 'does not say'],
    [{ isAppendOnly: undefined }, 'warn', 'does not say'],
    [{ isAppendOnly: false, hasSnapshots: false }, 'fail', 'neither'],
    [{ isDiskFailing: true }, 'fail', 'write to disk failed'],
  ])('persistence %j is %s', (overrides, level, found) => {
    expect(judgePersistence(facts(overrides))).toMatchObject({ level, found: expect.stringContaining(found) });
  });

  it('takes the median of the round trips, so that a single slow one has no effect', () => {
    expect(judgeLatency([0.2, 900, 0.3])).toMatchObject({ level: 'ok', found: expect.stringContaining('0.3 ms') });
    expect(judgeLatency([30, 40, 0.3])).toMatchObject({ level: 'warn', found: expect.stringContaining('30.0 ms') });
  });

  it('says what to do wherever something is to be done', () => {
    const results = [
      judgeVersion(facts({ version: '5.0' })),
      judgeEviction(facts({ evictionPolicy: undefined })),
      judgePersistence(facts({ isAppendOnly: false })),
      judgeLatency([99]),
    ];
    expect(results.every(({ level, advice }) => level !== 'ok' && (advice ?? '').length > 10)).toBe(true);
  });

  it('tells of several servers the worst one', () => {
    expect(worstOf([ok('a', '1'), fail('a', '2', 'x'), warn('a', '3', 'y')])).toEqual([fail('a', '2', 'x')]);
    expect(worstOf([ok('a', '1'), ok('a', '2')])).toEqual([ok('a', '1')]);
    expect(worstOf([])).toEqual([]);
  });

  it('shows of an error a code and never its text', () => {
    expect(codeOf(new Error('WRONGPASS invalid secret-1'))).toBe('WRONGPASS');
    expect(codeOf(Object.assign(new Error('secret-1'), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED');
    expect(codeOf(new TypeError('secret-1 is bad'))).toBe('TypeError');
    expect(codeOf('secret-1')).toBe('unknown');
  });
});

describe('judging the clock', () => {
  it.each([
    [0, 'ok', '0.0 s from'],
    [-29_900, 'ok', '29.9 s from'],
    [31_000, 'warn', '31 s ahead of'],
    [-45_000, 'warn', '45 s behind'],
    [31 * 86_400_000, 'warn', 'ahead of'],
  ])('%i ms off is %s', (offsetMs, level, found) => {
    expect(judgeClock(offsetMs)).toMatchObject({ name: 'redis clock', level, found: expect.stringContaining(found) });
  });
});
