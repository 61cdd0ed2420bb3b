// Real: Redis with TLS, the sandbox behind TLS, certificates of the test's own authority, the program as processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { createServer as createTlsServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, type RedisServer, startServer } from '../../scripts/redis.mjs';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { type Certificate, type Certificates, makeCertificates } from '../support/certificates.js';
import { orderOf } from '../support/events.js';
import { endAllPrograms, Program, run } from '../support/program.js';
import { Scratch } from '../support/scratch.js';
import { until } from '../support/world.js';

const scratch = Scratch.outside();
const sandbox = new Sandbox();
const opened: { stop(): Promise<void> }[] = [sandbox];
let certificates: Certificates;
let sandboxUrl = '';
let trusting: Record<string, string>;

beforeAll(async () => {
  certificates = makeCertificates(scratch);
  sandboxUrl = await sandbox.start();
  trusting = { NODE_EXTRA_CA_CERTS: certificates.authority };
});

afterAll(async () => {
  await endAllPrograms();
  for (const server of opened) await server.stop();
  scratch[Symbol.dispose]();
});

/** A Redis that accepts only TLS. @returns its URL */
async function startRedis({ cert, key }: Certificate): Promise<string> {
  const port = await freePort();
  const tls = ['--tls-port', String(port), '--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no'];
  const redis: RedisServer = await startServer({ port, args: ['--port', '0', ...tls] });
  opened.push(redis);
  return `rediss://127.0.0.1:${port}`;
}

/** The sandbox behind TLS, as Amazon is. @returns its URL */
async function startAmazon({ cert, key }: Certificate): Promise<string> {
  const inner = new URL(sandboxUrl);
  const server: Server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (near) => {
    const far = connect(Number(inner.port), inner.hostname);
    near.pipe(far).pipe(near);
    for (const socket of [near, far])
      socket.on('error', () => undefined).on('close', () => near.destroy(far.destroy().errored ?? undefined));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push({ stop: async () => void server.close() });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('Redis', () => {
  it('is used over TLS if its certificate is valid, and not at all otherwise', async () => {
    const good = await startRedis(certificates.good);
    expect(await run(['status'], { REDIS_URL: good, ...trusting })).toMatchObject({ code: 0 });
    // The authority is not trusted.
    expect(await run(['status'], { REDIS_URL: good })).toMatchObject({ code: 1, stdout: '' });
    const elsewhere = await startRedis(certificates.elsewhere);
    expect(await run(['status'], { REDIS_URL: elsewhere, ...trusting })).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('Redis under Sentinel', () => {
  it('and its Sentinels are used over TLS only', async () => {
    const { cert, key } = certificates.good;
    const tls = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', certificates.authority];
    const [port, sentinelPort] = [await freePort(), await freePort()];
    const secured = [...tls, '--tls-auth-clients', 'no', '--tls-replication', 'yes', '--port', '0'];
    const redis = await startServer({ port, args: [...secured, '--tls-port', String(port)] });
    opened.push(redis);
    const file = scratch.path('sentinel.conf');
    writeFileSync(file, `dir ${scratch.folder}\nsentinel monitor main 127.0.0.1 ${port} 1\n`);
    const options = [...secured, '--tls-port', String(sentinelPort), '--bind', '127.0.0.1'];
    const sentinel = spawn(redis.binary, [file, '--sentinel', ...options], { stdio: 'ignore' });
    const ended = once(sentinel, 'exit');
    try {
      const url = `rediss+sentinel://127.0.0.1:${sentinelPort}/main`;
      await until(async () => {
        expect(await run(['status'], { REDIS_URL: url, ...trusting })).toMatchObject({ code: 0 });
      });
      expect(await run(['status'], { REDIS_URL: url })).toMatchObject({ code: 1, stdout: '' });
    } finally {
      sentinel.kill('SIGKILL');
      await ended;
    }
  });
});

describe('Amazon', () => {
  it('gets token requests and events over TLS if its certificate is valid, and nothing otherwise', async () => {
    const environment = {
      REDIS_URL: await startRedis(certificates.good),
      AMAZON_ADS_PROFILE_ID: '1234567890',
      LWA_CLIENT_ID: 'client',
      LWA_CLIENT_SECRET: 'secret',
      LWA_REFRESH_TOKEN: 'refresh',
      BATCH_LINGER_MS: '10',
      RETRY_BASE_DELAY_MS: '50',
      RETRY_MAX_DELAY_MS: '100',
      RETRY_MAX_ATTEMPTS: '100',
      ...trusting,
    };
    const good = await startAmazon(certificates.good);
    const elsewhere = await startAmazon(certificates.elsewhere);
    const order = JSON.stringify(orderOf({ id: 'over-tls' }));
    expect(await run(['enqueue', '-', '--source', 'order'], environment, order)).toMatchObject({ code: 0 });

    // First the token's host is refused, then the API's.
    const noToken = { ...environment, AMAZON_ADS_ENDPOINT: good, LWA_TOKEN_URL: `${elsewhere}/auth/o2/token` };
    const first = await Program.start('worker', [], noToken);
    await until(async () => expect(await tokensRefused(first)).toBeGreaterThan(1));
    await first.end('SIGTERM');
    const noApi = { ...environment, AMAZON_ADS_ENDPOINT: elsewhere, LWA_TOKEN_URL: `${good}/auth/o2/token` };
    const second = await Program.start('worker', [], noApi);
    await until(() => expect(second.log).toContain('"code":"ERR_TLS_CERT_ALTNAME_INVALID"'));
    await second.end('SIGTERM');
    expect(sandbox.received.list()).toEqual([]);

    const bothGood = { ...environment, AMAZON_ADS_ENDPOINT: good, LWA_TOKEN_URL: `${good}/auth/o2/token` };
    const third = await Program.start('worker', [], bothGood);
    await until(() => expect(sandbox.received.list()).toMatchObject([{ counted: 1 }]));
    expect(await third.end('SIGTERM')).toBe(0);
  });
});

async function tokensRefused(worker: Program): Promise<number> {
  const metrics = await (await fetch(`${worker.address('metrics')}/metrics`)).text();
  return Number(/^capi_token_refreshes_total\{[^}]*result="failed"[^}]*\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}
