/**
 * A fast Amazon that answers as a test says. It reads only the ids of the events. For tests of tens of thousands of
 * events; the sandbox checks every field of each.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Account } from '../../src/settings/accounts.js';
import { lwaCredentials } from './credentials.js';

export interface PlainRequest {
  readonly ids: readonly string[];
  readonly atMs: number;
  status: number;
}

interface PlainAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The delay of the answer. */
  readonly afterMs?: number;
}

export class PlainAmazon {
  /** Undefined to accept every event. */
  answer: (ids: readonly string[]) => PlainAnswer | undefined = () => undefined;
  readonly requests: PlainRequest[] = [];
  tokenRequests = 0;
  /** How long the token endpoint takes. */
  tokenAfterMs = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  static async open(): Promise<PlainAmazon> {
    const amazon = new PlainAmazon();
    amazon.#server.listen(0, '127.0.0.1');
    await once(amazon.#server, 'listening');
    return amazon;
  }

  /** The fields of an account that lead here. */
  get addresses(): Pick<Account, 'endpoint' | 'credentials'> {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    const endpoint = `http://127.0.0.1:${address.port}`;
    return { endpoint, credentials: lwaCredentials({ tokenUrl: `${endpoint}/token` }) };
  }

  /** Ids by the order of their delivery. */
  get delivered(): string[] {
    return this.requests.filter(({ status }) => status === 207).flatMap(({ ids }) => ids);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url === '/token') {
      this.tokenRequests += 1;
      const token = JSON.stringify({ access_token: `token-${this.tokenRequests}`, expires_in: 3600 });
      setTimeout(() => response.end(token), this.tokenAfterMs);
      return;
    }
    const body = Buffer.concat(chunks).toString();
    const ids = [...body.matchAll(/"clientDedupeId":"([^"]+)"/g)].map(([, id]) => String(id));
    const { status, body: text, headers, afterMs = 0 } = this.answer(ids) ?? { status: 207 };
    this.requests.push({ ids, atMs: performance.now(), status });
    const accepted = JSON.stringify({ success: ids.map((_, index) => ({ index })), error: [] });
    setTimeout(() => {
      response
        .writeHead(status, headers)
        .end(text ?? (status === 207 ? accepted : '{"code":"TOLD","message":"told to"}'));
    }, afterMs);
  }
}
