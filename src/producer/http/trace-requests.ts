/**
 * A span for each request that the intake lets in. It begins where the caller's trace is, if a `traceparent` came with
 * the request, and reaches to the answer. Who has no key makes none: it would be free of charge.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestSpan, Tracing } from '../../telemetry/tracing/tracing.js';

export function traceRequests(server: FastifyInstance, tracing: Tracing): void {
  const spans = new WeakMap<FastifyRequest, RequestSpan>();
  // With a callback, so that what follows runs inside it; after the body was read, which would lose the context.
  server.addHook('preHandler', (request, reply, done) => {
    const route = request.routeOptions.url;
    if (route === undefined || request.method !== 'POST') return done();
    const { traceparent } = request.headers;
    const header = Array.isArray(traceparent) ? undefined : traceparent;
    const span = tracing.startRequest(route, Date.now() - reply.elapsedTime, header);
    spans.set(request, span);
    return span.run(done);
  });
  const end = (request: FastifyRequest, status: number): void => {
    spans.get(request)?.end(status);
    spans.delete(request);
  };
  server.addHook('onResponse', async (request, reply) => end(request, reply.statusCode));
  // nginx's number for a caller that hung up.
  server.addHook('onRequestAbort', async (request) => end(request, 499));
}
