/**
 * The HTTP client: sends one body to Amazon and returns the answer, or how it failed.
 *
 * Promises: redirects are never followed, an answer is read up to a limit, a request ends within the timeout, and a failure says
 * whether the body may have reached Amazon.
 */
import { type Dispatcher, Pool } from 'undici';
import type { Account } from '../settings/accounts.js';
import type { Answer } from './answer.js';
import { decodeBody } from './answer-body.js';
import { type Wire } from './wires/wire.js';
import { wireOf } from './wires/wire-of.js';

/** The longest answer that is read: a 207 for 500 events is about 200 kB. */
const ANSWER_MAX_BYTES = 4_000_000;

export type SendResult =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | {
      readonly kind: 'failure';
      readonly reason: 'timeout' | 'network';
      readonly code: string;
      readonly isMaybeDelivered: boolean;
    };

// Until the connection is established, nothing has left this machine.
const BEFORE_SENDING: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

export class ConversionsClient {
  readonly wire: Wire;
  readonly #account: Account;
  readonly #pool: Pool;
  readonly #timeoutMs: number;
  readonly #path: string;

  constructor(account: Account, timeoutMs: number, connections: number) {
    this.wire = wireOf(account.wire, account);
    this.#account = account;
    this.#timeoutMs = timeoutMs;
    const { origin, pathname } = new URL(account.endpoint);
    this.#path = `${pathname.replace(/\/+$/, '')}${this.wire.path}`;
    this.#pool = new Pool(origin, { connections, pipelining: 1, connect: { timeout: timeoutMs } });
  }

  async send(body: string | Buffer, token: string): Promise<SendResult> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      const response = await this.#pool.request({
        method: 'POST',
        path: this.#path,
        headers: {
          ...this.wire.headersOf(this.#account, token),
          'Accept-Encoding': 'identity',
        },
        body,
        signal,
        headersTimeout: this.#timeoutMs,
        bodyTimeout: this.#timeoutMs,
      });
      return { kind: 'answer', answer: await readResponse(response) };
    } catch (error) {
      return failureOf(error);
    }
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

export async function readResponse(response: Dispatcher.ResponseData): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += (chunk as Buffer).length;
    if (bytes > ANSWER_MAX_BYTES) throw new AnswerTooLongError();
    chunks.push(chunk as Buffer);
  }
  return {
    status: response.statusCode,
    body: await decodeBody(Buffer.concat(chunks), headerOf(response, 'content-encoding'), ANSWER_MAX_BYTES),
    retryAfter: headerOf(response, 'retry-after'),
    requestId: headerOf(response, 'x-amzn-requestid') ?? headerOf(response, 'x-amz-request-id'),
  };
}

class AnswerTooLongError extends Error {
  readonly code = 'ANSWER_TOO_LONG';
}

function headerOf(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

export function failureOf(error: unknown): Extract<SendResult, { kind: 'failure' }> {
  const name = error instanceof Error ? error.name : '';
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : name;
  const isTimeout = name === 'TimeoutError' || name === 'HeadersTimeoutError' || name === 'BodyTimeoutError';
  return {
    kind: 'failure',
    reason: isTimeout || code === 'UND_ERR_CONNECT_TIMEOUT' ? 'timeout' : 'network',
    code,
    isMaybeDelivered: !BEFORE_SENDING.has(code) && !isBeforeSending(error),
  };
}

/** Errors of the name look-up, of connecting and of checking the certificate happen before the body is sent. */
function isBeforeSending(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo')) return true;
  return 'code' in error && /^(ERR_TLS_|CERT_)/.test(String(error.code));
}
