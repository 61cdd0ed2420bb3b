// Real: the built program as processes, with secrets and personal data planted where an error could reveal them.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { endAllPrograms, Program, run } from '../support/program.js';
import { Scratch } from '../support/scratch.js';
import { until } from '../support/world.js';

const PASSWORD = 'canary-redis-password';
const SECRETS = {
  LWA_CLIENT_SECRET: 'canary-client-secret',
  LWA_REFRESH_TOKEN: 'canary-refresh-token',
  INTAKE_API_KEYS: 'canary-api-key-of-shop',
  SHOPIFY_WEBHOOK_SECRET: 'canary-shopify-secret',
  STRIPE_WEBHOOK_SECRET: 'whsec_canary_secret',
};
const CANARIES = [PASSWORD, ...Object.values(SECRETS), 'canary.person@example.com', 'CanaryPerson'];

const scratch = Scratch.outside();
/** A stand-in for Amazon that returns what it was sent in its answer. */
const parrot = createServer((request, answer) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = { error: 'invalid_grant', message: Buffer.concat(chunks).toString(), headers: request.headers };
    answer.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
});
let redis: RedisServer;
let environment: Record<string, string>;

beforeAll(async () => {
  redis = await startServer({ args: ['--requirepass', PASSWORD] });
  parrot.listen(0, '127.0.0.1');
  await once(parrot, 'listening');
  const address = parrot.address();
  const url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
  environment = {
    ...SECRETS,
    REDIS_URL: `redis://:${PASSWORD}@127.0.0.1:${redis.port}`,
    AMAZON_ADS_ENDPOINT: url,
    LWA_TOKEN_URL: `${url}/token`,
    AMAZON_ADS_PROFILE_ID: '1234567890',
    LWA_CLIENT_ID: 'client',
    LOG_LEVEL: 'trace',
  };
});

afterAll(async () => {
  await endAllPrograms();
  parrot.close();
  await redis.stop();
  scratch[Symbol.dispose]();
});

function expectNoCanary(text: string): void {
  for (const canary of CANARIES) expect(text).not.toContain(canary);
}

describe('crashing', () => {
  // An error that crashes a process: one of Redis's client with the command in it, and personal data in its text.
  const FAULT = `Object.assign(new Error('cannot write canary.person@example.com', {
    cause: new TypeError('CanaryPerson'),
  }), { code: 'NOAUTH', command: { name: 'auth', args: ['${PASSWORD}'] } })`;

  it.each([
    ['an exception', `throw ${FAULT};`],
    ['a rejection', `void Promise.reject(${FAULT});`],
  ])('%s that nobody caught ends the process with its name, code and place alone', async (_, statement) => {
    const fault = scratch.path(`fault-${statement.length}.mjs`);
    writeFileSync(fault, `process.once('SIGUSR2', () => { ${statement} });\n`);
    const options = `--import ${pathToFileURL(fault).href}`;
    const intake = await Program.start('intake', [], { ...environment, NODE_OPTIONS: options });
    const exited = once(intake.child, 'close');
    intake.child.kill('SIGUSR2');
    expect(await exited).toEqual([1, null]);
    expectNoCanary(intake.log);
    const [, line = ''] = /^(\{.*process\.crashed.*\})$/m.exec(intake.log) ?? [];
    expect(JSON.parse(line)).toMatchObject({
      event: 'process.crashed',
      error: { name: 'Error', code: 'NOAUTH', cause: { name: 'TypeError' } },
    });
  });
});

describe('failing', () => {
  it('no command repeats a secret: wrong password, wrong settings, credentials refused with an echo', async () => {
    const wrong = { ...environment, REDIS_URL: `redis://:${PASSWORD}x@127.0.0.1:${redis.port}` };
    const keys = scratch.path('keys');
    writeFileSync(keys, '[{"name": "shop", "key": "canary-api-key-of-shop", "accounts": [}]');
    const broken = Object.fromEntries(Object.keys(environment).map((name) => [name, `canary-client-secret ${name}`]));
    for (const [args, settings] of [
      [['status'], wrong],
      [['check'], wrong],
      [['worker'], broken],
      [['intake'], { ...environment, INTAKE_API_KEYS_FILE: keys }],
    ] as const) {
      const { code, stdout, stderr } = await run(args, settings);
      expect(code, args.join(' ')).not.toBe(0);
      expect(stdout + stderr).not.toBe('');
      expectNoCanary(stdout + stderr);
    }
  });

  it('the log of a worker whose credentials are refused, with an echo of them, names the code alone', async () => {
    const order = {
      id: '1',
      createdAt: new Date().toISOString(),
      total: '5',
      currency: 'USD',
      country: 'US',
      channel: 'web',
      customer: { email: 'canary.person@example.com', firstName: 'CanaryPerson' },
    };
    const queued = await run(['enqueue', '-', '--source', 'order'], environment, JSON.stringify(order));
    expect(queued.code).toBe(0);
    expectNoCanary(queued.stdout + queued.stderr);
    const worker = await Program.start('worker', [], { ...environment, BATCH_LINGER_MS: '10' });
    await until(() => expect(worker.log).toContain('credentials_refused'));
    const metrics = await (await fetch(`${worker.address('metrics')}/metrics`)).text();
    expect(await worker.end('SIGTERM')).toBe(0);
    expectNoCanary(worker.log + metrics);
    const status = await run(['status', '--json'], environment);
    expectNoCanary(status.stdout + status.stderr);
  });
});
