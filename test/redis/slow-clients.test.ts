// Real: Redis, all four servers on free ports, clients on raw sockets. The limits are a hundredth of the real ones.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HealthServer } from '../../src/http/health.js';
import { HTTP_LIMITS } from '../../src/http/limits.js';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { ConsoleDoor } from '../support/console-door.js';
import { Door, NO_SENDERS } from '../support/door.js';
import { SlowClient, stalledRequest } from '../support/slow-client.js';
import { until, World } from '../support/world.js';

const limits = { headersMs: 300, requestMs: 600, idleMs: 900, checkEveryMs: 50 };
const TOKEN = 'token-of-the-operator';
/** A busy machine may close late, never early. */
const LATE_MS = 1_500;

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

interface Port {
  readonly url: string;
  /** A path where a stranger's body is read. */
  readonly path: string;
  readonly close: () => Promise<void>;
}

const PORTS: Readonly<Record<string, () => Promise<Port>>> = {
  intake: async () => {
    const door = await Door.open(world, world.connection, { limits });
    return { url: door.url, path: '/v1/webhooks/shopify', close: () => door.close() };
  },
  metrics: async () => {
    const { connection } = world;
    const metrics = new Metrics([]);
    const nothing = async () => undefined;
    const parts = { host: '127.0.0.1', port: 0, metrics, connection, probeWrites: nothing, collect: nothing, limits };
    const health = new HealthServer(parts);
    return { url: await health.start(), path: '/metrics', close: () => health.stop() };
  },
  console: async () => {
    const door = await ConsoleDoor.openWith(world, [TOKEN], { limits });
    return { url: door.url, path: '/sign-in', close: () => door.close() };
  },
  sandbox: async () => {
    const sandbox = new Sandbox({ limits });
    return { url: await sandbox.start(), path: '/auth/o2/token', close: () => sandbox.stop() };
  },
};

describe.each(Object.keys(PORTS))('the port %s', (name) => {
  it('closes clients that are slow to ask, slow to send or silent, each at its limit', async () => {
    const port = await PORTS[name]?.();
    if (!port) throw new Error('there is no such port');
    const open = () => new SlowClient(port.url).connected();
    const [silent, asking, sending, idle] = await Promise.all([open(), open(), open(), open()]);
    asking.send('GET / HTTP/1.1\r\nHost: loc');
    sending.send(stalledRequest(port.path, 'a', 10));
    idle.send('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [silentMs, askingMs, sendingMs, idleMs] = await Promise.all([
      silent.untilClosed(),
      asking.untilClosed(),
      sending.untilClosed(),
      idle.untilClosed(),
    ]);
    const within = (ms: number, limitMs: number) => expect(ms).toBeLessThan(limitMs + LATE_MS);
    within(silentMs, limits.headersMs);
    within(askingMs, limits.headersMs);
    within(sendingMs, limits.requestMs);
    within(idleMs, limits.idleMs);
    // Not too early: a client on a slow line must not be cut off.
    expect(askingMs).toBeGreaterThan(limits.headersMs - 50);
    expect(sendingMs).toBeGreaterThan(limits.requestMs - 50);
    expect(idle.heard).toMatch(/^HTTP\/1\.1 \d/);
    await port.close();
  });
});

describe('the limits of every port', () => {
  it('are seconds for headers, half a minute for a request, and longer than a proxy keeps a connection', () => {
    expect(HTTP_LIMITS).toEqual({ headersMs: 10_000, requestMs: 30_000, idleMs: 65_000, checkEveryMs: 1_000 });
  });
});

describe('being stalled by strangers', () => {
  const hold = (url: string, path: string, count: number, { bytes = '{', length = 4_900_000 } = {}) =>
    Promise.all(
      Array.from({ length: count }, async () =>
        (await new SlowClient(url).connected()).send(stalledRequest(path, bytes, length)),
      ),
    );

  it('answers unknown paths and webhooks that are not set up before their body is read', async () => {
    const door = await Door.open(world, world.connection, { webhookSenders: () => NO_SENDERS });
    for (const path of ['/nowhere', '/v1/webhooks/shopify', '/v1/webhooks/unknown']) {
      const [client] = await hold(door.url, path, 1);
      await until(async () => expect(client?.heard).toMatch(/^HTTP\/1\.1 404 [\s\S]*"(NOT_FOUND|NOT_SET_UP)"/));
      client?.close();
    }
    await door.close();
  });

  it.each(['/v1/webhooks/shopify', '/nowhere', '/v1/events'])(
    '300 slow bodies to %s take no place of a known caller',
    async (path) => {
      const door = await Door.open(world);
      const clients = await hold(door.url, path, 300);
      for (let call = 0; call < 5; call += 1) expect((await door.post('{}')).status).toBe(400);
      for (const client of clients) client.close();
      await door.close();
    },
  );

  it('cuts off what is stalled when unsigned bodies have no room left, and takes what is sent whole', async () => {
    const door = await Door.open(world);
    const clients = await hold(door.url, '/v1/webhooks/shopify', 30, {
      bytes: 'x'.repeat(100_000),
      length: 1_900_000,
    });
    await until(async () =>
      expect(clients.filter(({ heard }) => heard.includes('TOO_SLOW')).length).toBeGreaterThan(20),
    );
    const answer = await door.send('/v1/webhooks/shopify', 'x'.repeat(1_900_000), {});
    expect(answer).toMatchObject({ status: 401, error: { code: 'BAD_SIGNATURE' } });
    for (const client of clients) client.close();
    await door.close();
  });

  it('reads no unsigned body of more than two megabytes', async () => {
    const door = await Door.open(world);
    const [client] = await hold(door.url, '/v1/webhooks/shopify', 1, { length: 2_000_001 });
    await until(async () => expect(client?.heard).toMatch(/^HTTP\/1\.1 413 [\s\S]*2000000 bytes/));
    client?.close();
    await door.close();
  });
});

describe('checking the Host header', () => {
  const ask = async (url: string, method: string, path: string, host: string) => {
    const client = new SlowClient(url);
    client.send(
      `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
    );
    await until(async () => expect(client.heard).toMatch(/^HTTP/));
    client.close();
    return Number(client.heard.slice(9, 12));
  };

  it('a keyless intake and /metrics answer to the names of this machine, and to those that are allowed', async () => {
    const door = await Door.open(world, world.connection, { apiKeys: undefined, allowedHosts: ['shop.example'] });
    const health = await PORTS['metrics']?.();
    for (const [host, intakeStatus, metricsStatus] of [
      ['localhost', 400, 200],
      ['127.0.0.1:1', 400, 200],
      ['shop.example', 400, 421],
      ['evil.example', 421, 421],
    ] as const) {
      expect(await ask(door.url, 'POST', `/v1/events?account=${world.account}`, host), host).toBe(intakeStatus);
      expect(await ask(health?.url ?? '', 'GET', '/metrics', host), host).toBe(metricsStatus);
    }
    expect(await ask(health?.url ?? '', 'GET', '/livez', 'evil.example')).toBe(200);
    await health?.close();
    await door.close();
  });
});
