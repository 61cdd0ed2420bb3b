/**
 * Waits on this machine for the browser that Amazon redirects back with a code.
 *
 * Listens on the loopback address only. Accepts the one answer with the right state, and gives all other requests no
 * information.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type CodeAnswer, readCode } from '../amazon/consent.js';

const PAGE = (text: string) => `<!doctype html><meta charset="utf-8"><title>capi-forwarder</title><p>${text}</p>`;

export class ConsentListener {
  readonly #server: Server;
  readonly #answer: Promise<CodeAnswer>;

  constructor(state: string) {
    let resolve: (answer: CodeAnswer) => void = () => undefined;
    this.#answer = new Promise((settle) => {
      resolve = settle;
    });
    this.#server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      // A browser also requests an icon. A request with another state is not ours.
      if (request.method !== 'GET' || url.searchParams.get('state') !== state) {
        response.writeHead(404).end();
        return;
      }
      const answer = readCode(url.href, state);
      const text = answer.kind === 'code' ? 'Consent received. You can close this page.' : 'No consent was given.';
      response
        .writeHead(200, { 'content-type': 'text/html', connection: 'close' })
        .end(PAGE(text), () => resolve(answer));
    });
  }

  /** @throws the operating system's error if the port is taken */
  async start(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** @returns undefined if there was no answer in time */
  async answer(withinMs: number): Promise<CodeAnswer | undefined> {
    const late = AbortSignal.timeout(withinMs);
    const timedOut = once(late, 'abort').then(() => undefined);
    return Promise.race([this.#answer, timedOut]);
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
