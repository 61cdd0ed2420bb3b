/**
 * The file of a refresh token: the token, and above it the time at which a person consented, as `authorize` writes it.
 *
 * A file with nothing but the token is one too; then nobody knows when it was given. Amazon's tokens hold no `#`.
 */
import { readFileSync } from 'node:fs';

const CONSENTED = /^#\s*consented\s+(\S+)\s*$/i;

export interface RefreshTokenFile {
  /** Empty where there is none. */
  readonly token: string;
  /** Epoch milliseconds; undefined where the file does not say. */
  readonly consentedAtMs: number | undefined;
}

export function readRefreshTokenFile(path: string): RefreshTokenFile {
  const lines = readFileSync(path, 'utf8').split(/\r?\n/);
  const time = lines.map((line) => CONSENTED.exec(line.trim())?.[1]).find((found) => found !== undefined);
  const consentedAtMs = Date.parse(time ?? '');
  return {
    token: lines
      .filter((line) => !line.startsWith('#'))
      .join('\n')
      .trim(),
    consentedAtMs: Number.isNaN(consentedAtMs) ? undefined : consentedAtMs,
  };
}

export function refreshTokenFileText(token: string, consentedAtMs: number): string {
  return `# consented ${new Date(consentedAtMs).toISOString()}\n${token}\n`;
}
