/**
 * Places for requests under way. One is taken by a request once it is known who sends it, so strangers take none; when
 * all are taken, the next is put off with 503 instead of taking the others down.
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

  /** @returns false where there is none, and the request is answered */
  take(request: FastifyRequest, reply: FastifyReply): boolean {
    if (this.#count >= this.#most) {
      fail(reply, 503, 'BUSY', 'too many requests at once: send it again');
      return false;
    }
    this.#count += 1;
    this.#taken.add(request);
    return true;
  }

  /** Hooks that call back: a promise for each of them at each request costs more than what they do. */
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
