/**
 * The HTTP intake: the server around its routes, with its limits.
 *
 * Promises: any bytes get an answer of the documented form, faulty ones `{error: {code, message}}`. No request costs
 * more than its limits. If too many requests arrive at once, the excess gets 503 and Retry-After, and the others go on.
 */
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { limitedServer } from '../../http/limits.js';
import { OpenBodies } from '../../http/open-bodies.js';
import { RedisTrouble } from '../../redis/trouble.js';
import { fail } from './answer.js';
import { countRequests } from './count-requests.js';
import { addEventsRoute } from './events-route.js';
import { addFindRoute } from './find-route.js';
import { describeIntake } from './openapi.js';
import { Places } from './places.js';
import { BODY_MAX_BYTES } from './request-body.js';
import type { IntakeOptions, RouteOptions } from './route-options.js';
import { traceRequests } from './trace-requests.js';
import { addWebhookRoutes } from './webhooks/webhook-routes.js';

const IN_FLIGHT_MAX = 256;

export class Intake {
  readonly #options: IntakeOptions;
  readonly #server: FastifyInstance;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#server = fastify({
      ...limitedServer(options.limits),
      bodyLimit: BODY_MAX_BYTES,
      return503OnClosing: true,
      // An id of 256 characters of up to four bytes each, each byte written as %XX.
      routerOptions: { maxParamLength: 3_072 },
      frameworkErrors: (_error, _request, reply) => {
        fail(reply, 400, 'BAD_REQUEST', 'the request could not be read');
      },
    });
    const places = new Places(options.inFlightMax ?? IN_FLIGHT_MAX);
    places.freeAfterAnswers(this.#server);
    countRequests(this.#server, options.metrics);
    this.#refuseUnknownPaths();
    if (options.tracing) traceRequests(this.#server, options.tracing);
    this.#server.setErrorHandler((error, request, reply) => this.#explain(error, request, reply));
    const routeOptions: RouteOptions = {
      ...options,
      places,
      bodies: new OpenBodies(),
      trouble: new RedisTrouble({ log: options.log }),
    };
    this.#server.register(async (scope) => addEventsRoute(scope, routeOptions));
    this.#server.register(async (scope) => addWebhookRoutes(scope, routeOptions));
    const { lookUp } = options;
    if (lookUp) addFindRoute(this.#server, { ...routeOptions, lookUp });
    const description = describeIntake();
    this.#server.get('/openapi.json', async () => description);
  }

  /** @returns the base URL */
  start(): Promise<string> {
    return this.#server.listen({ host: this.#options.host, port: this.#options.port });
  }

  /** Answers the requests in flight, then closes. */
  stop(): Promise<void> {
    return this.#server.close();
  }

  /** Before a body is read: a path that does not exist reads nothing. */
  #refuseUnknownPaths(): void {
    const refuse = (reply: FastifyReply) =>
      fail(
        reply,
        404,
        'NOT_FOUND',
        'there are POST /v1/events, GET /v1/events/{id}, POST /v1/webhooks/… and GET /openapi.json',
      );
    this.#server.addHook('onRequest', (request, reply, next) => {
      if (request.is404) refuse(reply);
      else next();
    });
    this.#server.setNotFoundHandler((_request, reply) => refuse(reply));
  }

  #explain(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    if (status === 413) {
      const most = request.routeOptions.bodyLimit ?? BODY_MAX_BYTES;
      return fail(reply, 413, 'BODY_TOO_LARGE', `a body takes at most ${most} bytes`);
    }
    if (status === 415) {
      return fail(reply, 415, 'UNSUPPORTED_MEDIA_TYPE', 'send application/json or application/x-ndjson');
    }
    if (status === 503) return fail(reply, 503, 'STOPPING', 'this intake is stopping: send it again');
    if (status >= 400 && status < 500) return fail(reply, status, 'BAD_REQUEST', 'the request could not be read');
    this.#options.log.error('intake.fault', { err: error });
    return fail(reply, 500, 'INTERNAL', 'a fault of the forwarder: nothing was accepted');
  }
}
