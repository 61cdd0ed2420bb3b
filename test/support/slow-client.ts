/** A client on a raw socket that sends what it is told and then stalls. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export class SlowClient {
  readonly socket: Socket;
  heard = '';

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect({ host: hostname, port: Number(port) });
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk: Buffer) => {
      this.heard += chunk.toString('latin1');
    });
  }

  async connected(): Promise<this> {
    if (this.socket.connecting) await once(this.socket, 'connect');
    return this;
  }

  send(bytes: string): this {
    this.socket.write(bytes);
    return this;
  }

  /** @returns milliseconds until the server closed the connection */
  async untilClosed(): Promise<number> {
    const startedAt = performance.now();
    if (!this.socket.closed) await once(this.socket, 'close');
    return performance.now() - startedAt;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The start of a request whose body never arrives completely. */
export function stalledRequest(path: string, bytes: string, length: number, headers = ''): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${headers}\r\n${bytes}`;
}
