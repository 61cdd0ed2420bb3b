import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { describe, expect, it } from 'vitest';
import { TokenEnd } from '../../../src/console/views/token-end.js';
import { endOfConsent } from '../../../src/settings/consent-end.js';

const CONSENTED_MS = Date.parse('2026-11-27T10:00:00Z');

function badge(days: number, isGuess = false, consentedAtMs = CONSENTED_MS): string {
  const token = { consentedAtMs, endsAtMs: endOfConsent(consentedAtMs), isGuess };
  return renderToString(h(TokenEnd, { token, nowMs: consentedAtMs + days * 86_400_000 }));
}

describe('the badge of a refresh token', () => {
  it.each([
    [335, /warn/, 'refresh token ends in 30 days'],
    [358, /bad/, 'refresh token ends in 7 days'],
    [364, /bad/, 'refresh token ends in 1 day'],
    [365, /bad/, 'refresh token has ended'],
  ])('%i days after the consent says so, and what to do', (days, tone, text) => {
    expect(badge(days)).toMatch(tone);
    expect(badge(days)).toContain(text);
    expect(badge(days)).toContain('<code>capi-forwarder authorize</code>');
    expect(badge(days)).not.toContain('guess');
    expect(badge(days, true)).toContain('a guess, by the day it was first seen');
  });

  it('is not there while the end is far, where there is none, and where nothing is known', () => {
    expect(badge(334)).toBe('');
    expect(badge(400, false, Date.parse('2025-01-01'))).toBe('');
    expect(renderToString(h(TokenEnd, { token: undefined, nowMs: CONSENTED_MS }))).toBe('');
  });
});
