/**
 * The file of a refresh token: the token, and above it the time of the consent, as `authorize` writes it.
 *
 * A file with only the token is valid too. Then the time of the consent is unknown. Amazon's tokens contain no `#`.
 */
import { readFileSync } from 'node:fs';

const CONSENTED = /^#\s*consented\s+(\S+)\s*$/i;

export interface RefreshTokenFile {
  /** Empty if there is none. */
  readonly token: string;
  /** Epoch milliseconds. Undefined if the file does not tell. */
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
