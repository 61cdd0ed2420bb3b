/**
 * Tracing by OpenTelemetry: spans go to a collector by OTLP over HTTP, in batches, in the background.
 *
 * Promises: a slow or unreachable collector costs spans and nothing else. Only the allow-list of tracing.ts leaves the
 * process. Loaded only by open-tracing.ts, and only if tracing is on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Context,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Logger } from '../log.js';
import { VERSION } from '../version.js';
import { JobTelemetry, metadataOf } from './job-telemetry.js';
import { NarrowExporter } from './narrow-exporter.js';
import { readTraceparent } from './traceparent.js';
import type { OpenSpan, RequestSpan, SpanShape, Tracing } from './tracing.js';

const KINDS = { producer: SpanKind.PRODUCER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };
/** The longest wait for the collector at a stop. */
const STOP_WITHIN_MS = 3_000;

export class OpenTelemetryTracing implements Tracing {
  readonly bullmq: JobTelemetry;
  readonly #provider: NodeTracerProvider;
  readonly #kept = new WeakMap<object, Span>();

  constructor(serviceName: string, log: Logger) {
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override our own values.
    const ours = resourceFromAttributes({ 'service.name': serviceName, 'service.version': VERSION });
    this.#provider = new NodeTracerProvider({
      resource: ours.merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(new NarrowExporter(new OTLPTraceExporter(), log))],
    });
    // We read and write the context ourselves: OpenTelemetry's propagators carry more than a traceparent.
    this.#provider.register({ propagator: null });
    this.bullmq = new JobTelemetry(VERSION);
  }

  get #tracer() {
    return this.#provider.getTracer('amazon-capi-forwarder', VERSION);
  }

  startRequest(route: string, startedAtMs: number, traceparent: string | undefined): RequestSpan {
    const caller = readTraceparent(traceparent);
    const parent = caller ? trace.setSpanContext(ROOT_CONTEXT, caller) : ROOT_CONTEXT;
    const attributes = { 'http.request.method': 'POST', 'http.route': route };
    const options = { kind: SpanKind.SERVER, startTime: startedAtMs, attributes };
    const span = this.#tracer.startSpan(`POST ${route}`, options, parent);
    return {
      run: (work) => context.with(trace.setSpan(parent, span), work),
      end: (status) => {
        span.setAttribute('http.response.status_code', status);
        if (status >= 500) fail(span, String(status));
        span.end();
      },
    };
  }

  keep(things: Iterable<object>): void {
    const span = trace.getActiveSpan();
    if (!span) return;
    for (const thing of things) this.#kept.set(thing, span);
  }

  async trace<T>(shape: SpanShape, work: (span: OpenSpan) => Promise<T>): Promise<T> {
    const { name, kind, attributes = {}, causes } = shape;
    const [first, ...others] = causes ? this.#spansOf(causes()) : [];
    const parent = causes ? parentOf(first) : context.active();
    const links: Link[] = others.map((other) => ({ context: other.spanContext() }));
    const span = this.#tracer.startSpan(name, { kind: KINDS[kind], attributes, links }, parent);
    // Each of them also links to this span, so that a trace that ends in a batch shows which one.
    for (const other of others) other.addLink({ context: span.spanContext() });
    const place = trace.setSpan(parent, span);
    const open: OpenSpan = {
      set: (more) => void span.setAttributes(more),
      fail: (type) => fail(span, type),
      metadata: metadataOf(place),
    };
    try {
      return await context.with(place, () => work(open));
    } catch (error) {
      fail(span, error instanceof Error ? error.name : typeof error);
      throw error;
    } finally {
      span.end();
    }
  }

  async stop(): Promise<void> {
    const timer = new AbortController();
    const late = sleep(STOP_WITHIN_MS, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.#provider.shutdown().catch(() => undefined), late]);
    timer.abort();
  }

  /** Each span once, in the order of the things. */
  #spansOf(things: Iterable<object>): Span[] {
    const spans = new Set<Span>();
    for (const thing of things) {
      const span = this.#kept.get(thing);
      if (span) spans.add(span);
    }
    return [...spans];
  }
}

function parentOf(span: Span | undefined): Context {
  return span ? trace.setSpan(ROOT_CONTEXT, span) : ROOT_CONTEXT;
}

function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
