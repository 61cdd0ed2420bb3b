import { describe, expect, it } from 'vitest';
import { matchApiKey, readApiKeys } from '../../../../src/producer/http/api-keys.js';

const KEY = 's3cret-of-the-shop';
const BASE64 = 'c2VjcmV0IG9mIHRoZSBzaG9wIQ==';

describe('reading keys', () => {
  it.each([
    [`shop=${KEY}`, 'shop', KEY],
    [KEY, 'key-1', KEY],
    [BASE64, 'key-1', BASE64],
    [`shop=${BASE64}`, 'shop', BASE64],
    [`till-1.north_2=${KEY}`, 'till-1.north_2', KEY],
  ])('"%s" is named %s', (text, name, key) => {
    expect(matchApiKey(readApiKeys(text), `Bearer ${key}`)?.name).toBe(name);
  });

  it('names a key without a name by its place', () => {
    const text = `${KEY}1,shop=${KEY}2,${KEY}3`;
    expect(readApiKeys(text).map(({ name }) => name)).toEqual(['key-1', 'shop', 'key-3']);
  });

  it('keeps digests only', () => {
    const keys = readApiKeys(`shop=${KEY},other-${KEY}`);
    expect(JSON.stringify(keys)).not.toContain(KEY);
    expect(keys[0]?.digest).toHaveLength(32);
  });

  it('reads JSON with bounds, pretty-printed or not', () => {
    const list = [{ name: 'orders', key: KEY, accounts: ['eu'], sources: ['order'] }];
    for (const text of [JSON.stringify(list), `\n${JSON.stringify(list, null, 2)}\n`]) {
      expect(readApiKeys(text)).toMatchObject([{ name: 'orders', accounts: ['eu'], sources: ['order'] }]);
    }
  });

  it.each([
    ['a name with a blank', `two words=${KEY}`],
    ['a role', `shop:viewer=${KEY}`],
    ['an unknown source', JSON.stringify([{ name: 'a', key: KEY, sources: ['nonsense'] }])],
    ['a field that is not known', JSON.stringify([{ name: 'a', key: KEY, [KEY]: 1 }])],
  ])('refuses %s and does not show the key', (_what, text) => {
    expect(() => readApiKeys(text)).toThrow(/^(line|entry) 1/);
    expect(() => readApiKeys(text)).not.toThrow(KEY);
  });
});

describe('matching keys', () => {
  const keys = readApiKeys(`shop=${KEY},till=t1ll-of-the-north-gate`);

  it.each([
    [`Bearer ${KEY}`, 'shop'],
    ['bearer t1ll-of-the-north-gate', 'till'],
    ['BEARER   t1ll-of-the-north-gate', 'till'],
  ])('"%s" is the key of %s', (authorization, name) => {
    expect(matchApiKey(keys, authorization)?.name).toBe(name);
  });

  it.each([
    undefined,
    '',
    KEY,
    'Bearer',
    'Bearer ',
    `Basic ${KEY}`,
    `Bearer ${KEY.toUpperCase()}`,
    `Bearer ${KEY}2`,
    `Bearer ${KEY.slice(0, -1)}`,
    'Bearer shop',
    `Bearer shop=${KEY}`,
    `x Bearer ${KEY}`,
  ])('%j is no key', (authorization) => {
    expect(matchApiKey(keys, authorization)?.name).toBeUndefined();
  });

  it('without keys nobody is let in', () => {
    for (const authorization of [undefined, '', 'Bearer ', 'Bearer x']) {
      expect(matchApiKey([], authorization)?.name).toBeUndefined();
    }
  });

  it('both keys of a rotation are accepted', () => {
    const rotating = readApiKeys(`shop=${KEY}-old\nshop=${KEY}-new`);
    expect(matchApiKey(rotating, `Bearer ${KEY}-old`)?.name).toBe('shop');
    expect(matchApiKey(rotating, `Bearer ${KEY}-new`)?.name).toBe('shop');
  });
});
