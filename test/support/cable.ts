/**
 * A proxy between a client and a server on this machine. States: cut (connections break, new ones are refused), slow
 * (every piece takes a while), lagging (every piece comes later), held (nothing passes until released), torn (an answer
 * breaks off halfway), silent (answers vanish), and repaired (`mend`). Stopped at a text, it holds everything from
 * there on, like a breakpoint.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Breakpoint {
  readonly text: string;
  /** Whether the text itself is passed on. What comes back after it is always held. */
  readonly isPassedOn: boolean;
  readonly reached: () => void;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

export class Cable {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #isSilent = false;
  #delayMs = 0;
  #lagMs = 0;
  #tears = 0;
  #held: { readonly over: Promise<void>; readonly letGo: () => void } | undefined;
  #breakpoint: Breakpoint | undefined;
  #awaited: { readonly near: Socket; readonly breakpoint: Breakpoint } | undefined;

  private constructor(target: URL) {
    this.#target = target;
  }

  /** Connected unless `isCut`. The address is the same after every `mend`. */
  static async to(target: string, { isCut = false } = {}): Promise<Cable> {
    const cable = new Cable(new URL(target));
    await cable.mend();
    if (isCut) await cable.cut();
    return cable;
  }

  /** The target's URL, through this cable. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.href;
  }

  async mend(): Promise<void> {
    this.#isSilent = false;
    this.#delayMs = 0;
    this.#lagMs = 0;
    this.#tears = 0;
    this.#held?.letGo();
    this.#held = undefined;
    if (this.#server) return;
    const server = createServer((near) => this.#join(near));
    this.#server = server;
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** Requests still reach the server, but answers do not come back. */
  silence(): void {
    this.#isSilent = true;
  }

  /** Every piece, in both directions, takes this long. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Every piece, in both directions, arrives this much later. The throughput stays the same. */
  lag(lagMs: number): void {
    this.#lagMs = lagMs;
  }

  /** Nothing passes in either direction until `mend`. Nothing is lost unless it is cut first. */
  hold(): void {
    if (this.#held) return;
    let letGo: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    this.#held = { over, letGo };
  }

  /** Half of each of the next answers passes, then its connection breaks. */
  tear(times = 1): void {
    this.#tears += times;
  }

  /** Resolves when a request with the text has come. It and everything after it is held. */
  stopBefore(text: string): Promise<void> {
    return this.#stopAt(text, false);
  }

  /** Resolves when such a request has been answered. The answer and everything after it is held. */
  stopAfter(text: string): Promise<void> {
    return this.#stopAt(text, true);
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

  #stopAt(text: string, isPassedOn: boolean): Promise<void> {
    return new Promise((reached) => {
      this.#breakpoint = { text, isPassedOn, reached };
    });
  }

  #join(near: Socket): void {
    const far = connect({ host: this.#target.hostname, port: Number(this.#target.port || 6379) });
    const pair: Pair = { near, far };
    const ends = [near, far] as const;
    for (const [end, other] of [ends, [far, near] as const]) {
      this.#sockets.add(end);
      // The cut is intended. The client reports its own error.
      end.on('error', () => undefined);
      end.on('close', () => {
        this.#sockets.delete(end);
        other.destroy();
      });
    }
    let there = Promise.resolve();
    let back = Promise.resolve();
    let tail = '';
    near.on('data', (chunk: Buffer) => {
      tail = this.#watch(near, tail + chunk.toString('latin1'));
      const atMs = performance.now();
      there = there.then(() => this.#carry(far, chunk, atMs));
    });
    far.on('data', (chunk: Buffer) => {
      this.#noteAnswer(near);
      const atMs = performance.now();
      back = back.then(() => this.#carryBack(pair, chunk, atMs));
    });
  }

  /** @returns the end of what passed, as a text may continue in the next piece */
  #watch(near: Socket, seen: string): string {
    const breakpoint = this.#breakpoint;
    if (!breakpoint) return '';
    if (!seen.includes(breakpoint.text)) return seen.slice(-breakpoint.text.length);
    this.#breakpoint = undefined;
    if (breakpoint.isPassedOn) this.#awaited = { near, breakpoint };
    else {
      this.hold();
      breakpoint.reached();
    }
    return '';
  }

  #noteAnswer(near: Socket): void {
    if (this.#awaited?.near !== near) return;
    this.hold();
    this.#awaited.breakpoint.reached();
    this.#awaited = undefined;
  }

  async #carry(to: Socket, chunk: Buffer, atMs: number): Promise<void> {
    // It may be held again while somebody waits for the release.
    while (this.#held) await this.#held.over;
    if (this.#delayMs > 0) await sleep(this.#delayMs);
    const lagMs = this.#lagMs - (performance.now() - atMs);
    if (lagMs > 0) await sleep(lagMs);
    to.write(chunk);
  }

  async #carryBack({ near, far }: Pair, chunk: Buffer, atMs: number): Promise<void> {
    if (this.#isSilent) return;
    if (this.#tears > 0) {
      this.#tears -= 1;
      near.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => far.destroy());
      return;
    }
    await this.#carry(near, chunk, atMs);
  }
}
