/**
 * How an account proves who it is: by Login with Amazon, or by an API token.
 *
 * Login with Amazon gives access tokens of an hour for a refresh token. An API token is sent as it is: nothing renews it, and
 * it is bound to one dataset. Secrets in files are read at every use, so a rotated one needs no restart.
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
  /** When a person consented, epoch milliseconds; undefined where nobody says. */
  readonly readConsent: () => number | undefined;
}

export interface ApiTokenCredentials {
  readonly kind: 'api_token';
  readonly readToken: () => string;
}

export type Credentials = LwaCredentials | ApiTokenCredentials;

/** A secret as an account's entry has it: the text itself, or a file that holds it. */
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

/** The time that stands in the token's file is of this very token; the setting may be of an earlier one. */
export function consentReaderOf({ file }: SecretSource, setAtMs: number | undefined): () => number | undefined {
  return file === undefined ? () => setAtMs : () => readRefreshTokenFile(file).consentedAtMs ?? setAtMs;
}

/** A refresh token's file may hold more than the token. */
export function tokenReaderOf(secret: SecretSource): () => string {
  const { file } = secret;
  return file === undefined ? readerOf(secret) : () => readRefreshTokenFile(file).token;
}

/** Whether the secret is there and can be read. Why not is the operator's to see; that it is so stops the start. */
export function isReadable(secret: SecretSource, read: () => string = readerOf(secret)): boolean {
  try {
    return isSet(secret) && read() !== '';
  } catch {
    return false;
  }
}

/** Changes with a secret that stands in the entry itself. */
export function digestOfTexts(secrets: readonly SecretSource[]): string {
  const texts = secrets.map(({ text }) => text ?? null);
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
