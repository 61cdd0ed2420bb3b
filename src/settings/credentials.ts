/**
 * The credentials of an account: Login with Amazon, or an API token.
 *
 * Login with Amazon gives access tokens valid for an hour in exchange for a refresh token. An API token is sent as it
 * is: it is not renewed, and it belongs to one dataset. Secrets in files are read at every use, so that a rotated one
 * needs no restart.
 */
import { createHash } from 'node:crypto';
import { readSecretFile } from './config.js';
import { readRefreshTokenFile } from './refresh-token-file.js';

export interface LwaCredentials {
  readonly kind: 'lwa';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly readClientSecret: () => string;
  readonly readRefreshToken: () => string;
  /** When a person consented, epoch milliseconds. Undefined if unknown. */
  readonly readConsent: () => number | undefined;
}

export interface ApiTokenCredentials {
  readonly kind: 'api_token';
  readonly readToken: () => string;
}

export type Credentials = LwaCredentials | ApiTokenCredentials;

/** A secret of an account's entry: the text itself, or a file with it. */
export interface SecretSource {
  readonly text: string | undefined;
  readonly file: string | undefined;
}

export function isSet({ text, file }: SecretSource): boolean {
  return text !== undefined || file !== undefined;
}

export function readerOf({ text, file }: SecretSource): () => string {
  return file === undefined ? () => text ?? '' : () => readSecretFile(file);
}

/** The time in the token's file belongs to this token. The time in the setting may belong to an earlier one. */
export function consentReaderOf({ file }: SecretSource, setAtMs: number | undefined): () => number | undefined {
  return file === undefined ? () => setAtMs : () => readRefreshTokenFile(file).consentedAtMs ?? setAtMs;
}

/** A refresh token's file may hold more than the token. */
export function tokenReaderOf(secret: SecretSource): () => string {
  const { file } = secret;
  return file === undefined ? readerOf(secret) : () => readRefreshTokenFile(file).token;
}

/** Whether the secret can be read. If not, the start fails, and the operator can see the cause. */
export function isReadable(secret: SecretSource, read: () => string = readerOf(secret)): boolean {
  try {
    return isSet(secret) && read() !== '';
  } catch {
    return false;
  }
}

/** Changes with a secret in the entry itself. */
export function digestOfTexts(secrets: readonly SecretSource[]): string {
  const texts = secrets.map(({ text }) => text ?? null);
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
