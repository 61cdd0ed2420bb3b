/**
 * Limits the bodies that are read before the sender is known: by number, by address and by bytes.
 *
 * If there is no room for another body, the one that has been open longest is closed with 408. A normal body is read
 * within milliseconds, so an old one is stalled. Slow clients keep nobody else out. States of a body: open -> read |
 * given up by its client | closed with 408.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { endSocket } from './limits.js';

export interface OpenBodiesLimits {
  readonly bodies: number;
  readonly bodiesPerAddress: number;
  /** Limit of their total memory, by the length that the requests declare. */
  readonly bytes: number;
}

const LIMITS: OpenBodiesLimits = { bodies: 512, bodiesPerAddress: 64, bytes: 16_000_000 };
/** A younger body may be part of a burst. It is not closed for the number of bodies alone, only for their bytes. */
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

  /** @param mostBytes the most bytes that are read if the request does not declare its length */
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

/** Limits the bodies of a server's routes. `isKnown` says whose body is already trusted. */
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

/** An IPv6 customer can send from a whole /64. */
function shareOf(address = ''): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (!plain.includes(':')) return plain;
  const [head = ''] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  return groups.slice(0, 4).join(':');
}
