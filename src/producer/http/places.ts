/**
 * Limits the requests in flight. A request takes a place once its sender is known, so strangers take none. If all
 * places are taken, the next request gets 503, and the others go on.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { fail } from './answer.js';

export class Places {
  readonly #most: number;
  readonly #taken = new WeakSet<FastifyRequest>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns false if no place is free; then the request has been answered */
  take(request: FastifyRequest, reply: FastifyReply): boolean {
    if (this.#count >= this.#most) {
      fail(reply, 503, 'BUSY', 'too many requests at once: send it again');
      return false;
    }
    this.#count += 1;
    this.#taken.add(request);
    return true;
  }

  /** Callback hooks: a promise per hook and request costs more than the work itself. */
  freeAfterAnswers(server: FastifyInstance): void {
    const free = (request: FastifyRequest) => {
      if (this.#taken.delete(request)) this.#count -= 1;
    };
    server.addHook('onResponse', (request, _reply, next) => {
      free(request);
      next();
    });
    server.addHook('onRequestAbort', (request, next) => {
      free(request);
      next();
    });
  }
}
