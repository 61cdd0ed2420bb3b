// Real: intake and worker as processes, Redis, the sandbox, and a collector that accepts what OpenTelemetry sends.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { createProducer } from '../../src/index.js';
import { CONVERSIONS_QUEUE, prefixOf } from '../../src/queue/queue.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { ATTRIBUTE_NAMES } from '../../src/telemetry/tracing/tracing.js';
import { Collector } from '../support/collector.js';
import { orderOf } from '../support/events.js';
import { endAllPrograms, Program, run } from '../support/program.js';
import { Scratch } from '../support/scratch.js';
import { until } from '../support/world.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const CANARIES = ['canary.person@example.com', 'canary-order', 'a-key-of-the-shop', 'lwa-secret-canary', 'Atza|'];

const collector = new Collector();
const sandbox = new Sandbox();
let redis: RedisServer;
let connection: RedisConnection;
let off: Record<string, string>;
let on: Record<string, string>;

beforeAll(async () => {
  redis = await startServer();
  connection = connectRedis(redis.url, 'patient', 'capi-test');
  const url = await sandbox.start();
  off = {
    REDIS_URL: redis.url,
    AMAZON_ADS_ENDPOINT: url,
    LWA_TOKEN_URL: `${url}/auth/o2/token`,
    AMAZON_ADS_PROFILE_ID: '1234567890',
    LWA_CLIENT_ID: 'client',
    LWA_CLIENT_SECRET: 'lwa-secret-canary',
    LWA_REFRESH_TOKEN: 'refresh',
    INTAKE_API_KEYS: 'a-key-of-the-shop',
    BATCH_LINGER_MS: '20',
    RETRY_BASE_DELAY_MS: '20',
    RETRY_MAX_DELAY_MS: '100',
  };
  on = { ...off, OTEL_EXPORTER_OTLP_ENDPOINT: await collector.start(), OTEL_BSP_SCHEDULE_DELAY: '50' };
});

afterAll(async () => {
  await endAllPrograms();
  connection.disconnect();
  await sandbox.stop();
  await collector.stop();
  await redis.stop();
});

/** Posts each order as a separate request, all at once. */
async function post(intake: Program, ids: readonly string[], headers: Record<string, string> = {}): Promise<void> {
  const answers = ids.map((id) =>
    fetch(`${intake.address('intake')}/v1/events?source=order`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer a-key-of-the-shop', ...headers },
      body: JSON.stringify(orderOf({ id, customer: { email: 'canary.person@example.com' } })),
    }),
  );
  for (const answer of await Promise.all(answers)) expect(answer.status).toBe(202);
}

async function untilDelivered(count: number): Promise<void> {
  await until(() => expect(sandbox.received.list().filter(({ counted }) => counted === 1)).toHaveLength(count));
}

/**
 * The tracing files that processes loaded: V8 lists every script. OpenTelemetry's API, without an SDK, is loaded by
 * prom-client in any case.
 */
function tracingIn(coverage: Scratch): string[] {
  const urls = readdirSync(coverage.folder).flatMap((file) => {
    const { result }: { result: { url: string }[] } = JSON.parse(readFileSync(coverage.path(file), 'utf8'));
    return result.map(({ url }) => url);
  });
  expect(urls.filter((url) => url.includes('/bullmq/')).length).toBeGreaterThan(10);
  const isTracing = /\/(@opentelemetry\/(?!api\/)|bullmq-otel\/)|\/dist\/tracing\/(?!open-tracing|tracing)/;
  return urls.filter((url) => isTracing.test(url));
}

describe('with a collector', () => {
  it('one trace leads from the shop’s request over the queue to the request to Amazon', async () => {
    const intake = await Program.start('intake', [], on);
    await post(intake, ['canary-order-1'], {
      traceparent: `00-${TRACE}-${CALLER}-01`,
      tracestate: 'vendor=canary.person@example.com',
      baggage: 'email=canary.person@example.com',
    });
    const waiting = await connection.lrange(`${prefixOf('default')}:${CONVERSIONS_QUEUE}:wait`, 0, -1);
    const job = await connection.hgetall(`${prefixOf('default')}:${CONVERSIONS_QUEUE}:${waiting[0] ?? ''}`);
    expect(JSON.parse(JSON.parse(job['opts'] ?? '{}').tm)).toEqual({
      traceparent: expect.stringMatching(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`)),
    });
    expect(JSON.stringify(job)).not.toContain('canary.person@example.com');

    const worker = await Program.start('worker', [], { ...on, OTEL_SERVICE_NAME: 'our-worker' });
    await untilDelivered(1);
    expect(await worker.end('SIGTERM')).toBe(0);
    expect(await intake.end('SIGTERM')).toBe(0);

    const way = [
      'POST /v1/events',
      'add conversions',
      'process conversions',
      'deliver batch',
      'POST /events/v1/conversions',
    ];
    let parent = CALLER;
    for (const name of way) {
      const [span, ...others] = collector.named(name);
      expect(others).toEqual([]);
      expect(span).toMatchObject({ traceId: TRACE, parentSpanId: parent });
      parent = span?.spanId ?? '';
    }
    expect(collector.spans).toHaveLength(way.length);
    expect(collector.spans.map(({ service }) => service)).toEqual(
      expect.arrayContaining(['capi-intake', 'our-worker']),
    );
    expect(collector.named('POST /v1/events')[0]?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/events',
      'http.response.status_code': '202',
    });
    expect(collector.named('POST /events/v1/conversions')[0]?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': '207',
      'capi.account': 'default',
      'capi.events': '1',
    });
    expect(new Set(collector.paths)).toEqual(new Set(['/v1/traces']));
  });

  it('a batch is linked with every job in it and each of them with the batch; failures are marked', async () => {
    collector.spans.length = 0;
    sandbox.faults.add({ kind: 'status', status: 503, times: 1 });
    const ids = Array.from({ length: 12 }, (_, number) => `canary-order-batch-${number}`);
    const intake = await Program.start('intake', [], { ...on, EVENTS_PER_JOB: '1' });
    await post(intake, ids);
    // Another program's job with an invalid context: it must still be run.
    const stranger = { data: '{"v":1,"events":[]}', opts: '{"removeOnComplete":true,"tm":"no JSON"}', name: 'x' };
    const keys = `${prefixOf('default')}:${CONVERSIONS_QUEUE}`;
    await connection.hset(`${keys}:stranger`, { ...stranger, timestamp: Date.now(), delay: 0, priority: 0 });
    await connection.rpush(`${keys}:wait`, 'stranger');
    const worker = await Program.start('worker', [], { ...on, BATCH_LINGER_MS: '300' });
    await untilDelivered(13);
    await until(async () => expect(await connection.exists(`${keys}:stranger`)).toBe(0));
    expect(await worker.end('SIGTERM')).toBe(0);
    expect(await intake.end('SIGTERM')).toBe(0);

    const requests = collector.named('POST /v1/events');
    expect(requests).toHaveLength(ids.length);
    // Requests that shared a write: the write belongs to the first and is linked to the others.
    const writes = collector.named('add conversions');
    const joined = writes.flatMap(({ parentSpanId, links }) =>
      links.map(({ spanId }) => spanId).concat(parentSpanId ?? ''),
    );
    expect(joined).toHaveLength(requests.length);
    expect(new Set(joined)).toEqual(new Set(requests.map(({ spanId }) => spanId)));

    const [batch] = collector.named('deliver batch');
    const runs = new Map(collector.named('process conversions').map((span) => [span.spanId, span]));
    const inBatch = [batch?.parentSpanId ?? '', ...(batch?.links.map(({ spanId }) => spanId) ?? [])];
    expect(batch?.attributes).toMatchObject({ 'capi.events': '12', 'capi.batch.closed_by': 'linger' });
    expect(new Set(inBatch).size).toBe(ids.length);
    for (const spanId of inBatch.slice(1)) {
      expect(runs.get(spanId)?.links.map((link) => link.spanId)).toEqual([batch?.spanId]);
    }
    const sent = collector.named('POST /events/v1/conversions');
    expect(sent.map(({ attributes, status }) => [attributes['error.type'], status.code])).toEqual(
      expect.arrayContaining([['503', 2]]),
    );
  });

  it('no attribute beyond the list, no event, no message, nothing of a person or an order', async () => {
    expect(collector.bodies.length).toBeGreaterThan(2);
    const names = new Set(collector.spans.flatMap(({ attributes }) => Object.keys(attributes)));
    expect([...names].filter((name) => !ATTRIBUTE_NAMES.some((known) => known === name))).toEqual([]);
    for (const { events, status } of collector.spans) {
      expect(events).toEqual([]);
      expect(status.message).toBeUndefined();
    }
    for (const canary of CANARIES) expect(collector.bodies.join('\n')).not.toContain(canary);
  });

  it('a collector that is away costs nothing but its spans, and is named once in the log', async () => {
    using scratch = Scratch.outside();
    const away = {
      ...on,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '200',
      NODE_V8_COVERAGE: scratch.folder,
    };
    await using producer = createProducer({ redisUrl: redis.url });
    const worker = await Program.start('worker', [], away);
    await producer.enqueue(orderOf({ id: 'canary-order-away-1' }), { source: 'order' });
    await untilDelivered(14);
    await until(() => expect(worker.log).toContain('tracing.away'));
    await producer.enqueue(orderOf({ id: 'canary-order-away-2' }), { source: 'order' });
    await untilDelivered(15);
    expect(await worker.end('SIGTERM')).toBe(0);
    expect(worker.log.match(/tracing\.away/g)).toHaveLength(1);
    // Shows that the next test would find these files if tracing were on.
    expect(tracingIn(scratch).length).toBeGreaterThan(50);
  });
});

it('off, intake and worker load nothing of it, and no request goes out', async () => {
  using scratch = Scratch.outside();
  const before = { requests: collector.paths.length, orders: sandbox.received.list().length };
  const disabled = { ...on, OTEL_SDK_DISABLED: 'true', NODE_V8_COVERAGE: scratch.folder };
  const intake = await Program.start('intake', [], disabled);
  const worker = await Program.start('worker', [], disabled);
  await post(intake, ['canary-order-off']);
  await untilDelivered(before.orders + 1);
  expect(await worker.end('SIGTERM')).toBe(0);
  expect(await intake.end('SIGTERM')).toBe(0);
  expect(collector.paths).toHaveLength(before.requests);
  expect(tracingIn(scratch)).toEqual([]);
});

it('an unsupported setting stops the start, with every fault named', async () => {
  const wrong = { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  const { code, stderr } = await run(['worker'], { ...on, ...wrong });
  expect(code).toBe(2);
  expect(stderr).toMatch(/OTEL_TRACES_EXPORTER: .*\n.*OTEL_EXPORTER_OTLP_PROTOCOL: /);
});
