/**
 * A collector of traces: a local HTTP server that accepts OTLP in JSON, as OpenTelemetry's exporter sends it, and keeps
 * it, parsed and as text.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string };
}

interface Pointer {
  readonly traceId: string;
  readonly spanId: string;
}

interface SentSpan extends Pointer {
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly events: readonly unknown[];
  readonly links: readonly Pointer[];
  readonly status: { readonly code: number; readonly message?: string };
}

export interface Collected extends Omit<SentSpan, 'attributes'> {
  /** `service.name` of the process that sent it. */
  readonly service: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

export class Collector {
  readonly spans: Collected[] = [];
  /** Every body as it came. */
  readonly bodies: string[] = [];
  /** Requested paths. */
  readonly paths: string[] = [];
  readonly #server: Server = createServer((request, answer) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.paths.push(request.url ?? '');
      this.#take(Buffer.concat(chunks).toString());
      answer.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the collector has no port');
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  named(name: string): Collected[] {
    return this.spans.filter((span) => span.name === name);
  }

  #take(text: string): void {
    this.bodies.push(text);
    const body: Body = JSON.parse(text);
    for (const { resource, scopeSpans } of body.resourceSpans) {
      const service = valuesOf(resource.attributes)['service.name'] ?? '';
      for (const { spans } of scopeSpans) {
        for (const span of spans) this.spans.push({ ...span, service, attributes: valuesOf(span.attributes) });
      }
    }
  }
}

function valuesOf(attributes: readonly Attribute[]): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, String(value.stringValue ?? value.intValue ?? JSON.stringify(value))]),
  );
}
