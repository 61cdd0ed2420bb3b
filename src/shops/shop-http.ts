/**
 * One request to a shop's API, retried after a temporary failure, and not before the shop allows it.
 *
 * Promises: redirects are never followed, an answer is read up to a limit, each try ends within the timeout, and the
 * number of tries is limited. An answer other than 429 or 5xx is returned to the caller unchanged.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { parseJson } from '../mapping/json.js';
import { ShopError } from './shop-error.js';

/** 250 orders of hundreds of items each are smaller. */
const ANSWER_MAX_BYTES = 50_000_000;
const TIMEOUT_MS = 60_000;
const TRIES = 6;
const DELAY_BASE_MS = 500;
const DELAY_MAX_MS = 30_000;
/** If a shop asks for a longer wait, the next pass asks it again. */
const WAIT_MAX_MS = 120_000;

export interface ShopRequest {
  readonly method: 'GET' | 'POST';
  /** Relative to the shop's address. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ShopAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Whole numbers above 2^53 as text. Undefined if it is not JSON. */
  readonly body: unknown;
}

export interface ShopHttpOptions {
  /** For people: `Shopify`. */
  readonly name: string;
  /** The shop's address: its origin, and a path if it is below one. */
  readonly url: string;
  readonly delayBaseMs?: number | undefined;
  readonly timeoutMs?: number | undefined;
}

export class ShopHttp {
  readonly name: string;
  readonly url: string;
  readonly #pool: Pool;
  readonly #basePath: string;
  readonly #delayBaseMs: number;
  readonly #timeoutMs: number;

  constructor({ name, url, delayBaseMs = DELAY_BASE_MS, timeoutMs = TIMEOUT_MS }: ShopHttpOptions) {
    const { origin, pathname } = new URL(url);
    this.name = name;
    this.url = url;
    this.#basePath = pathname.replace(/\/+$/, '');
    this.#delayBaseMs = delayBaseMs;
    this.#timeoutMs = timeoutMs;
    this.#pool = new Pool(origin, { connections: 1, connect: { timeout: timeoutMs } });
  }

  /** @throws ShopError if no try got an answer; the signal's reason if it is aborted */
  async ask(request: ShopRequest, signal: AbortSignal): Promise<ShopAnswer> {
    let failure = '';
    for (let tried = 1; tried <= TRIES; tried += 1) {
      signal.throwIfAborted();
      const answer = await this.#try(request, signal);
      if (typeof answer !== 'string' && !isPassing(answer.status)) return this.#notRedirected(answer);
      failure = typeof answer === 'string' ? answer : `status ${answer.status}`;
      const wantedMs = typeof answer === 'string' ? undefined : retryAfterMs(answer.headers['retry-after']);
      if ((wantedMs ?? 0) > WAIT_MAX_MS) {
        throw new ShopError(
          'SHOP_UNAVAILABLE',
          `${this.name} asks to be left alone for ${Math.ceil((wantedMs ?? 0) / 1000)} s: run it again later`,
        );
      }
      if (tried < TRIES) await sleep(wantedMs ?? this.#backOff(tried), undefined, { signal });
    }
    throw new ShopError(
      'SHOP_UNAVAILABLE',
      `${this.name} at ${this.url} does not answer (${failure}, ${TRIES} tries): check the address, or run it again later`,
    );
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** @returns the answer, or why there is none */
  async #try({ method, path, headers, body }: ShopRequest, signal: AbortSignal): Promise<ShopAnswer | string> {
    try {
      const response = await this.#pool.request({
        method,
        path: this.#basePath + path,
        headers: { Accept: 'application/json', 'Accept-Encoding': 'identity', ...headers },
        ...(body !== undefined && { body }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]),
        headersTimeout: this.#timeoutMs,
        bodyTimeout: this.#timeoutMs,
      });
      return await readAnswer(response);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ShopError) throw error;
      if (!(error instanceof Error)) throw error;
      if (error.name === 'TimeoutError') return 'timeout';
      return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
    }
  }

  /** A key must not be sent wherever an answer points. */
  #notRedirected(answer: ShopAnswer): ShopAnswer {
    if (answer.status < 300 || answer.status > 399) return answer;
    const place = answer.headers['location'] ?? '';
    const to = URL.canParse(place) ? ` to ${new URL(place).origin}` : '';
    throw new ShopError(
      'SHOP_NOT_FOUND',
      `${this.name} at ${this.url} redirects${to}: set the address that it redirects to, if it is the shop’s own`,
    );
  }

  #backOff(tried: number): number {
    return Math.random() * Math.min(DELAY_MAX_MS, this.#delayBaseMs * 2 ** tried);
  }
}

function isPassing(status: number): boolean {
  return status === 429 || status === 408 || status >= 500;
}

/** Seconds, or a date. */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

async function readAnswer(response: Dispatcher.ResponseData): Promise<ShopAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += (chunk as Buffer).length;
    if (bytes > ANSWER_MAX_BYTES) throw new ShopError('SHOP_UNREADABLE', 'the shop answers more than 50 MB at once');
    chunks.push(chunk as Buffer);
  }
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
  return { status: response.statusCode, headers, body: jsonOf(Buffer.concat(chunks).toString('utf8')) };
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // Perhaps a page of a proxy. The caller reports that it is not an answer of the API.
    return undefined;
  }
}
