/**
 * Bodies that are being read before it is known who sends them: bounded in number, for each address and in bytes.
 *
 * Where there is no room for another, the one that has been open longest is cut off with 408: a body that is meant is read
 * within milliseconds, so what is old is stalled. Nobody is kept out by others who are slow.
 * States of a body: open -> read | given up by its client | cut off.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { endSocket } from './limits.js';

export interface OpenBodiesLimits {
  readonly bodies: number;
  readonly bodiesPerAddress: number;
  /** What they may hold in memory together, by what they say their length is. */
  readonly bytes: number;
}

const LIMITS: OpenBodiesLimits = { bodies: 512, bodiesPerAddress: 64, bytes: 16_000_000 };
/** A younger body may be one of a burst: its number alone cuts it off no more than the bytes do. */
const YOUNG_MS = 1_000;

interface OpenBody {
  readonly socket: Socket;
  readonly address: string;
  readonly bytes: number;
  readonly openedAtMs: number;
}

export class OpenBodies {
  readonly #limits: OpenBodiesLimits;
  /** Oldest first. */
  readonly #open = new Map<FastifyRequest, OpenBody>();
  readonly #perAddress = new Map<string, number>();
  #bytes = 0;

  constructor(limits: Partial<OpenBodiesLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** @param mostBytes the most that is read of it, where the request does not say its length */
  open(request: FastifyRequest, mostBytes: number): void {
    const { socket, headers } = request.raw;
    const bytes = Math.min(Number(headers['content-length'] ?? mostBytes), mostBytes);
    const address = shareOf(socket.remoteAddress);
    while (this.#bytes > 0 && this.#bytes + bytes > this.#limits.bytes) this.#cutOff(() => true);
    const isOld = ({ openedAtMs }: OpenBody) => Date.now() - openedAtMs >= YOUNG_MS;
    if ((this.#perAddress.get(address) ?? 0) >= this.#limits.bodiesPerAddress) {
      this.#cutOff((body) => body.address === address && isOld(body));
    }
    if (this.#open.size >= this.#limits.bodies) this.#cutOff(isOld);
    this.#open.set(request, { socket, address, bytes, openedAtMs: Date.now() });
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    this.#bytes += bytes;
  }

  /** The body was read, or its client is gone. Idempotent. */
  close(request: FastifyRequest): void {
    const body = this.#open.get(request);
    if (!body) return;
    this.#open.delete(request);
    this.#bytes -= body.bytes;
    const left = (this.#perAddress.get(body.address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(body.address);
    else this.#perAddress.set(body.address, left);
  }

  #cutOff(mayGo: (body: OpenBody) => boolean): void {
    for (const [request, body] of this.#open) {
      if (!mayGo(body)) continue;
      this.close(request);
      endSocket(body.socket, 408, 'TOO_SLOW');
      return;
    }
  }
}

/** Bounds the bodies of a server's routes; `isKnown` says whose body is trusted already. */
export function limitOpenBodies(
  server: FastifyInstance,
  bodies: OpenBodies,
  isKnown: (request: FastifyRequest) => boolean = () => false,
): void {
  server.addHook('preParsing', (request, _reply, payload, next) => {
    if (!isKnown(request)) bodies.open(request, request.routeOptions.bodyLimit ?? 0);
    next(null, payload);
  });
  server.addHook('preValidation', (request, _reply, next) => {
    bodies.close(request);
    next();
  });
  server.addHook('onResponse', (request, _reply, next) => {
    bodies.close(request);
    next();
  });
  server.addHook('onRequestAbort', (request, next) => {
    bodies.close(request);
    next();
  });
}

/** An IPv6 customer has a whole /64 to send from. */
function shareOf(address = ''): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (!plain.includes(':')) return plain;
  const [head = ''] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  return groups.slice(0, 4).join(':');
}
