/**
 * Counts each request of the intake once, by route and status, and its duration. This shows what the events' own
 * metrics do not, such as bad signatures and wrong keys.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { intakeStatusLabel, routeLabel } from '../../telemetry/metric-labels.js';
import type { Metrics } from '../../telemetry/metrics.js';

export function countRequests(server: FastifyInstance, metrics: Metrics): void {
  const counted = new WeakSet<FastifyRequest>();
  const count = (request: FastifyRequest, status: number | 'aborted', ms: number) => {
    // Two hooks run for a caller that disconnects in the middle of its answer.
    if (counted.has(request)) return;
    counted.add(request);
    const route = routeLabel(request.routeOptions.url);
    metrics.intakeRequests.inc({ route, status: intakeStatusLabel(status) });
    if (status !== 'aborted') metrics.intakeDuration.observe({ route }, ms / 1000);
  };
  server.addHook('onResponse', (request, reply, next) => {
    count(request, reply.statusCode, reply.elapsedTime);
    next();
  });
  server.addHook('onRequestAbort', (request, next) => {
    count(request, 'aborted', 0);
    next();
  });
}
