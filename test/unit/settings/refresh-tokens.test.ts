import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAccounts } from '../../../src/settings/accounts.js';
import { loadSettings } from '../../../src/settings/config.js';
import { daysUntil, endOfConsent, nearnessOf } from '../../../src/settings/consent-end.js';
import { readRefreshTokenFile, refreshTokenFileText } from '../../../src/settings/refresh-token-file.js';
import { assertWritable, writeSecretFile } from '../../../src/settings/write-secret.js';

const DAY_MS = 86_400_000;
const CONSENTED_MS = Date.parse('2026-11-27T10:00:00.000Z');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capi-refresh-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('the end of a refresh token', () => {
  it.each([
    ['2026-06-29T23:59:59Z', undefined],
    ['2026-06-30T00:00:00Z', '2027-06-30T00:00:00.000Z'],
    ['2026-11-27T10:00:00Z', '2027-11-27T10:00:00.000Z'],
    ['2027-03-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ])('with a consent of %s is %s', (consented, end) => {
    const endsAtMs = endOfConsent(Date.parse(consented));
    expect(endsAtMs === undefined ? undefined : new Date(endsAtMs).toISOString()).toBe(end);
  });

  it.each([
    [31, 'far', 31],
    [30.5, 'far', 30],
    [30, 'soon', 30],
    [7.5, 'soon', 7],
    [7, 'near', 7],
    [0.5, 'near', 0],
    [0, 'over', 0],
    [-2, 'over', -2],
  ])('%f days away is %s', (days, nearness, whole) => {
    const endsAtMs = CONSENTED_MS + days * DAY_MS;
    expect([nearnessOf(endsAtMs, CONSENTED_MS), daysUntil(endsAtMs, CONSENTED_MS)]).toEqual([nearness, whole]);
  });
});

describe('the file of a refresh token', () => {
  it('is read as it was written', () => {
    const path = fileWith('written', refreshTokenFileText('Atzr|abc', CONSENTED_MS));
    expect(readRefreshTokenFile(path)).toEqual({ token: 'Atzr|abc', consentedAtMs: CONSENTED_MS });
  });

  it.each([
    ['Atzr|abc', undefined],
    ['  Atzr|abc\r\n', undefined],
    ['# of the shop\nAtzr|abc\n', undefined],
    ['# consented yesterday\nAtzr|abc', undefined],
    ['#consented 2026-11-27\r\nAtzr|abc', Date.parse('2026-11-27')],
  ])('%j holds the token', (text, consentedAtMs) => {
    expect(readRefreshTokenFile(fileWith('any', text))).toEqual({ token: 'Atzr|abc', consentedAtMs });
  });

  it.each(['', '\n', '# consented 2026-11-27\n'])('%j holds none, and stops the start', (text) => {
    const path = fileWith('none', text);
    expect(readRefreshTokenFile(path).token).toBe('');
    const environment = {
      AMAZON_ADS_PROFILE_ID: '1',
      LWA_CLIENT_ID: 'c',
      LWA_CLIENT_SECRET: 's',
      LWA_REFRESH_TOKEN_FILE: path,
    };
    expect(() => loadAccounts(loadSettings(environment), environment)).toThrow('LWA_REFRESH_TOKEN');
  });

  it('says when a person consented, before the setting does', () => {
    const base = {
      AMAZON_ADS_PROFILE_ID: '1',
      LWA_CLIENT_ID: 'c',
      LWA_CLIENT_SECRET: 's',
      LWA_CONSENT_DATE: '2026-09-01',
    };
    const consentOf = (environment: Record<string, string>) => {
      const [account] = loadAccounts(loadSettings(environment), environment);
      if (account?.credentials.kind !== 'lwa') throw new Error('no account of Login with Amazon');
      return [account.credentials.readRefreshToken(), account.credentials.readConsent()];
    };
    const setting = Date.parse('2026-09-01');
    expect(consentOf({ ...base, LWA_REFRESH_TOKEN: 'Atzr|a' })).toEqual(['Atzr|a', setting]);
    expect(consentOf({ ...base, LWA_REFRESH_TOKEN_FILE: fileWith('bare', 'Atzr|b') })).toEqual(['Atzr|b', setting]);
    const dated = fileWith('dated', refreshTokenFileText('Atzr|c', CONSENTED_MS));
    expect(consentOf({ ...base, LWA_REFRESH_TOKEN_FILE: dated })).toEqual(['Atzr|c', CONSENTED_MS]);
  });

  it.each(['tomorrow', '27.11.2026', '2026-02-30', new Date(Date.now() + 2 * DAY_MS).toISOString().slice(0, 10)])(
    'LWA_CONSENT_DATE %s is refused',
    (LWA_CONSENT_DATE) => {
      expect(() => loadSettings({ LWA_CONSENT_DATE })).toThrow('LWA_CONSENT_DATE');
    },
  );
});

describe('writing a secret’s file', () => {
  it('replaces it whole, for the owner alone, and leaves nothing beside it', () => {
    const path = fileWith('secret', 'old');
    chmodSync(path, 0o644);
    const before = statSync(path).ino;
    writeSecretFile(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(path).ino).not.toBe(before);
    expect(readdirSync(folder).filter((name) => name.startsWith('secret.'))).toEqual([]);
  });

  it('writes through a link, and makes a file that is not there', () => {
    const target = fileWith('target', 'old');
    const link = join(folder, 'link');
    symlinkSync(target, link);
    writeSecretFile(link, 'new');
    expect(readFileSync(target, 'utf8')).toBe('new');
    writeSecretFile(join(folder, 'fresh'), 'first');
    expect(statSync(join(folder, 'fresh')).mode & 0o777).toBe(0o600);
  });

  it('says beforehand that there is no folder', () => {
    expect(() => assertWritable(join(folder, 'nowhere', 'token'))).toThrow('ENOENT');
    expect(() => assertWritable(join(folder, 'token-to-be'))).not.toThrow();
  });
});
