/**
 * A cable between a client and a server on this machine: it can be cut (connections break, new ones are refused), go
 * silent (connections stand, nothing comes back), and be mended.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Cable {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #isSilent = false;

  private constructor(target: URL) {
    this.#target = target;
  }

  /** Plugged in unless `isCut`; the address is the same after every mend. */
  static async to(target: string, { isCut = false } = {}): Promise<Cable> {
    const cable = new Cable(new URL(target));
    await cable.mend();
    if (isCut) await cable.cut();
    return cable;
  }

  /** The target's URL, by way of this cable. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.href;
  }

  async mend(): Promise<void> {
    this.#isSilent = false;
    if (this.#server) return;
    this.#server = createServer((near) => this.#join(near));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** Requests still reach the server; answers do not come back. */
  silence(): void {
    this.#isSilent = true;
  }

  async cut(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(near: Socket): void {
    const far = connect({ host: this.#target.hostname, port: Number(this.#target.port || 6379) });
    const ends = [near, far] as const;
    for (const [end, other] of [ends, [far, near] as const]) {
      this.#sockets.add(end);
      // A cut is what this is for; the client's own error says the rest.
      end.on('error', () => undefined);
      end.on('close', () => {
        this.#sockets.delete(end);
        other.destroy();
      });
    }
    near.on('data', (chunk) => far.write(chunk));
    far.on('data', (chunk) => {
      if (!this.#isSilent) near.write(chunk);
    });
  }
}
