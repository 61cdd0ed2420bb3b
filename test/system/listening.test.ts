// Real: the built program as processes, sockets on loopback, Redis.
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begin, endAllPrograms, Program } from '../support/program.js';

const ENDS_WITHIN_MS = 60_000;

let taken: Server;
let port: string;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  port = String(typeof address === 'object' ? address?.port : '');
  folder = await mkdtemp(join(tmpdir(), 'capi-listening-'));
  environment = {
    REDIS_URL: process.env['REDIS_URL'] ?? '',
    AMAZON_ADS_PROFILE_ID: '1',
    LWA_CLIENT_ID: 'client',
    LWA_CLIENT_SECRET: 'secret',
    LWA_REFRESH_TOKEN: 'refresh',
    CONSOLE_PORT: '0',
  };
});

afterAll(async () => {
  await endAllPrograms();
  taken.close();
  await rm(folder, { recursive: true });
});

/** If a process does not end by itself, which is the bug looked for, it is ended, and its code is null. */
async function endOf(args: readonly string[], settings: Record<string, string>) {
  const { child, ended } = begin(args, { ...environment, ...settings });
  const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS);
  const end = await ended;
  clearTimeout(timer);
  return end;
}

const inUse = (setting: string) => `capi-forwarder: ${setting}=${port} is in use on 127.0.0.1`;

describe('finding a port in use', () => {
  it.each([
    ['intake', 'INTAKE_PORT'],
    ['intake', 'METRICS_PORT'],
    ['worker', 'METRICS_PORT'],
    ['console', 'CONSOLE_PORT'],
    ['console', 'METRICS_PORT'],
  ])('%s ends with 2 and names %s and its value', async (command, setting) => {
    const { code, stdout, stderr } = await endOf([command], { [setting]: port });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(inUse(setting)) });
    expect(stdout).not.toContain('ready');
  });

  it('ends just so where Redis is away too', async () => {
    const away = { METRICS_PORT: port, REDIS_URL: 'redis://127.0.0.1:1' };
    expect(await endOf(['worker'], away)).toMatchObject({ code: 2, stderr: expect.stringContaining('METRICS_PORT=') });
  });

  it('sandbox ends with 2 and names its option and value', async () => {
    const { code, stderr } = await endOf(['sandbox', '--port', port], {});
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(inUse('--port')) });
  });

  it.each([
    ['INTAKE_HOST', '192.0.2.1', { INTAKE_API_KEYS: 'a-key-of-sixteen-letters' }],
    ['METRICS_HOST', 'name.invalid', {}],
  ])('an address that %s cannot have ends the process too', async (setting, value, settings) => {
    const { code, stderr } = await endOf(['intake'], { [setting]: value, ...settings });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`${setting}=${value}`) });
  });

  it('two processes without METRICS_PORT each get one of their own, from 9464 on, and print it', async () => {
    const first = await Program.start('intake', [], { ...environment, METRICS_PORT: '' });
    const second = await Program.start('console', [], { ...environment, METRICS_PORT: '' });
    const ports = [first, second].map((program) => Number(new URL(program.address('metrics')).port));
    expect(ports[0]).toBeGreaterThanOrEqual(9464);
    expect(ports[1]).toBeGreaterThan(ports[0] ?? 0);
    expect((await fetch(`${second.address('metrics')}/livez`)).status).toBe(200);
    expect(await Promise.all([first.end(), second.end()])).toEqual([0, 0]);
  });
});

describe('finding a file that cannot be written', () => {
  const orders = () => join(folder, 'orders.csv');
  const enqueue = (...args: string[]) => ['enqueue', orders(), '--source', 'csv', ...args];

  beforeAll(async () => {
    await writeFile(orders(), 'clientDedupeId,email\n1,a@example.com\n');
    await mkdir(join(folder, 'locked'));
  });

  it.each(['--rejects', '--progress'])('%s ends with 2 and names option and file', async (option) => {
    const nowhere = join(folder, 'nowhere', 'file');
    expect(await endOf(enqueue(option, nowhere), {})).toMatchObject({
      code: 2,
      stderr: `capi-forwarder: ${option} ${nowhere}: there is no such file or folder\n`,
    });
    const isFolder = await endOf(enqueue(option, join(folder, 'locked')), {});
    expect(isFolder).toMatchObject({ code: 2, stderr: expect.stringContaining('is a folder, not a file') });
  });
});
