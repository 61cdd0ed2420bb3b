import { describe, expect, it } from 'vitest';
import { consentUrl, readCode } from '../../../src/amazon/consent.js';
import { judgeConsent } from '../../../src/checks/check-refresh-token.js';
import { tokenEndText } from '../../../src/commands/token-end-text.js';

const request = {
  region: 'NA',
  standIn: undefined,
  clientId: 'amzn1.application-oa2-client.1',
  redirectUri: 'https://amazon.com',
  scope: 'advertising::campaign_management',
  state: 'abc',
} as const;

describe('asking for consent', () => {
  it.each([
    ['NA', 'https://www.amazon.com/ap/oa'],
    ['EU', 'https://eu.account.amazon.com/ap/oa'],
    ['FE', 'https://apac.account.amazon.com/ap/oa'],
  ] as const)('in %s goes to that region’s page', (region, page) => {
    const url = new URL(consentUrl({ ...request, region }));
    expect(`${url.origin}${url.pathname}`).toBe(page);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: request.clientId,
      scope: request.scope,
      response_type: 'code',
      redirect_uri: request.redirectUri,
      state: 'abc',
    });
  });

  it('goes to a stand-in’s own page', () => {
    const url = consentUrl({ ...request, standIn: 'http://127.0.0.1:9090/auth/o2/token' });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:9090\/ap\/oa\?/);
  });

  it.each([
    ['ANBcdEf123', { kind: 'code', code: 'ANBcdEf123' }],
    [' ANBcdEf123\n', { kind: 'code', code: 'ANBcdEf123' }],
    ['https://amazon.com/?code=ANBcdEf123&scope=x&state=abc', { kind: 'code', code: 'ANBcdEf123' }],
    [
      'https://amazon.com/?code=ANBcdEf123&state=other',
      { kind: 'refused', why: 'the address belongs to another request' },
    ],
    ['https://amazon.com/?code=ANBcdEf123', { kind: 'refused', why: 'the address belongs to another request' }],
    [
      'https://amazon.com/?error=access_denied&state=abc',
      { kind: 'refused', why: 'Amazon gave no code (access_denied)' },
    ],
    ['https://amazon.com/?error=<b>&state=abc', { kind: 'refused', why: 'Amazon gave no code (unknown)' }],
    ['', { kind: 'refused', why: 'that is no code' }],
    ['two words', { kind: 'refused', why: 'that is no code' }],
    ['ANBcdEf123!', { kind: 'refused', why: 'that is no code' }],
    ['at https://amazon.com/?code=ANBcdEf123&state=abc', { kind: 'refused', why: 'that is no code' }],
    ['https://amazon.com/?code=&state=abc', { kind: 'refused', why: 'Amazon gave no code (unknown)' }],
    ['https://amazon.com/?error=%3Cb%3Eno&state=abc', { kind: 'refused', why: 'Amazon gave no code (unknown)' }],
    ['https://amazon.com/?error=no%3Cb%3E&state=abc', { kind: 'refused', why: 'Amazon gave no code (unknown)' }],
  ])('reads %j', (answer, expected) => {
    expect(readCode(answer, 'abc')).toEqual(expected);
  });
});

describe('telling when a refresh token ends', () => {
  const consentedAtMs = Date.parse('2026-11-27T10:00:00Z');
  const after = (days: number) => consentedAtMs + days * 86_400_000;

  it.each([
    [0, false, 'ok', 'ends on 2027-11-27, in 365 days'],
    [0, true, 'warn', 'ends on 2027-11-27 at the latest (a guess: first seen on 2026-11-27)'],
    [334, false, 'ok', 'in 31 days'],
    [335, false, 'warn', 'in 30 days'],
    [358, false, 'fail', 'in 7 days'],
    [364, true, 'fail', 'in 1 day (a guess'],
    [366, false, 'fail', 'ended on 2027-11-27'],
  ])('%i days after the consent (a guess: %s) it is %s', (days, isGuess, level, found) => {
    const result = judgeConsent('refresh token shop', { consentedAtMs, isGuess }, after(days));
    expect(result).toMatchObject({ level, found: expect.stringContaining(found) });
    if (level !== 'ok') expect(result.advice).toMatch(isGuess && days < 335 ? /LWA_CONSENT_DATE/ : /authorize/);
  });

  it('reports an older one as without end, and an unseen one as unknown', () => {
    const old = { consentedAtMs: Date.parse('2025-01-01'), isGuess: false };
    expect(judgeConsent('t', old, after(0))).toMatchObject({
      level: 'ok',
      found: expect.stringContaining('no fixed end'),
    });
    expect(judgeConsent('t', undefined, after(0))).toMatchObject({ level: 'warn' });
  });

  it('is a line of status where there is an end', () => {
    const endsAtMs = after(365);
    expect(tokenEndText({ consentedAtMs, endsAtMs, isGuess: false }, after(1))).toBe('ends on 2027-11-27, in 364 days');
    expect(tokenEndText({ consentedAtMs, endsAtMs, isGuess: true }, after(364))).toBe(
      'ends on 2027-11-27, in 1 day: a guess, first seen on 2026-11-27',
    );
    expect(tokenEndText({ consentedAtMs, endsAtMs, isGuess: false }, after(366))).toBe('ended on 2027-11-27');
    expect(tokenEndText({ consentedAtMs, endsAtMs: undefined, isGuess: false }, after(1))).toBeUndefined();
    expect(tokenEndText(undefined, after(1))).toBeUndefined();
  });
});

it('an address with neither code nor error says so', () => {
  expect(readCode('http://127.0.0.1:8400/?state=s', 's')).toEqual({
    kind: 'refused',
    why: 'Amazon gave no code (unknown)',
  });
});
