import { describe, expect, it } from 'vitest';
import { matchApiKey, readApiKeys } from '../../../src/producer/api-keys.js';

describe('reading keys', () => {
  it.each([
    ['shop=s3cret', 'shop', 's3cret'],
    ['s3cret', 'key-1', 's3cret'],
    ['c2VjcmV0cw==', 'key-1', 'c2VjcmV0cw=='],
    ['c2VjcmV0cw=', 'key-1', 'c2VjcmV0cw='],
    ['shop=c2VjcmV0cw==', 'shop', 'c2VjcmV0cw=='],
    ['till-1.north_2=a=b', 'till-1.north_2', 'a=b'],
    ['two words=x', 'key-1', 'two words=x'],
  ])('"%s" is named %s', (entry, name, key) => {
    expect(matchApiKey(readApiKeys([entry]), `Bearer ${key}`)?.name).toBe(name);
  });

  it('names a key without a name by its place', () => {
    expect(readApiKeys(['a', 'shop=b', 'c']).map(({ name }) => name)).toEqual(['key-1', 'shop', 'key-3']);
  });

  it('keeps digests only', () => {
    expect(JSON.stringify(readApiKeys(['shop=s3cret', 'other-s3cret']))).not.toContain('s3cret');
    expect(readApiKeys(['s3cret'])[0]?.digest).toHaveLength(32);
  });
});

describe('matching keys', () => {
  const keys = readApiKeys(['shop=s3cret', 'till=t1ll', 'schlüssel']);

  it.each([
    ['Bearer s3cret', 'shop'],
    ['bearer t1ll', 'till'],
    ['BEARER   t1ll', 'till'],
    ['Bearer schlüssel', 'key-3'],
  ])('"%s" is the key of %s', (authorization, name) => {
    expect(matchApiKey(keys, authorization)?.name).toBe(name);
  });

  it.each([
    undefined,
    '',
    's3cret',
    'Bearer',
    'Bearer ',
    'Basic s3cret',
    'Bearer S3CRET',
    'Bearer s3cret2',
    'Bearer s3cre',
    'Bearer shop',
    'Bearer shop=s3cret',
    'x Bearer s3cret',
  ])('%j is no key', (authorization) => {
    expect(matchApiKey(keys, authorization)?.name).toBeUndefined();
  });

  it('nobody gets in where no key is set', () => {
    for (const authorization of [undefined, '', 'Bearer ', 'Bearer x']) {
      expect(matchApiKey([], authorization)?.name).toBeUndefined();
    }
  });

  it('both keys of a rotation get in', () => {
    const rotating = readApiKeys(['shop=old', 'shop=new']);
    expect(matchApiKey(rotating, 'Bearer old')?.name).toBe('shop');
    expect(matchApiKey(rotating, 'Bearer new')?.name).toBe('shop');
  });
});
