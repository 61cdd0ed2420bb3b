/**
 * A span for each request that the intake lets in, until its answer. It continues the caller's trace if the request has
 * a `traceparent`. A request without a key makes no span, so that strangers cannot create any.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestSpan, Tracing } from '../../telemetry/tracing/tracing.js';

export function traceRequests(server: FastifyInstance, tracing: Tracing): void {
  const spans = new WeakMap<FastifyRequest, RequestSpan>();
  // With a callback, so that what follows runs inside the span. After the body is read, as reading would lose the
  // context.
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
  // nginx's status for a caller that disconnected.
  server.addHook('onRequestAbort', async (request) => end(request, 499));
}
