/**
 * An HTTP server that answers with exactly these bytes, well-formed or not, and may close the connection after them.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

export interface RawAnswer {
  readonly bytes: Buffer | string;
  readonly isCut?: boolean;
}

export class RawServer {
  answer: RawAnswer = { bytes: '' };
  /** Requests as they arrived, head and body, since the last read. */
  readonly #requests: string[] = [];
  connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      this.connections += 1;
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
      // Requests of tests are small: they come in one piece.
      socket.on('data', (bytesOfRequest) => {
        this.#requests.push(String(bytesOfRequest));
        const { bytes, isCut = false } = this.answer;
        socket.write(bytes, () => isCut && socket.destroy());
      });
    });
  }

  static async open(): Promise<RawServer> {
    const server = new RawServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  /** The request since the last call: its first line, its headers by lower-case name, its body. */
  takeRequest(): { line: string; headers: Record<string, string>; body: string } {
    const [request, ...others] = this.#requests.splice(0);
    if (request === undefined || others.length > 0)
      throw new Error(`not one request: ${request === undefined ? 0 : others.length + 1}`);
    const [head = '', body = ''] = request.split('\r\n\r\n');
    const [line = '', ...headers] = head.split('\r\n');
    const named = headers.map((header) => {
      const [name = '', ...value] = header.split(': ');
      return [name.toLowerCase(), value.join(': ')] as const;
    });
    return { line, headers: Object.fromEntries(named), body };
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** An answer with a declared length, which may be wrong. */
export function answerText(status: number, body: string, headers = '', length = Buffer.byteLength(body)): string {
  return `HTTP/1.1 ${status} Whatever\r\nContent-Length: ${length}\r\n${headers}\r\n${body}`;
}
