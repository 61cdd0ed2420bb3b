// Real: the built program as processes, the sandbox with its consent page. The browser is simulated with fetch.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../scripts/redis.mjs';
import { endAllPrograms, Program, run } from '../support/program.js';
import { until } from '../support/world.js';

const CLI = new URL('../../dist/cli.js', import.meta.url).pathname;
let folder = '';
let file = '';
let url = '';
let environment: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'capi-authorize-'));
  const sandbox = await Program.start('sandbox', ['--port', '0'], {});
  url = sandbox.address('sandbox');
});

beforeEach(() => {
  file = join(folder, 'refresh-token');
  writeFileSync(file, '');
  environment = {
    REDIS_URL: process.env['REDIS_URL'] ?? '',
    AMAZON_ADS_ENDPOINT: url,
    LWA_TOKEN_URL: `${url}/auth/o2/token`,
    AMAZON_ADS_PROFILE_ID: '1234567890',
    LWA_CLIENT_ID: 'client',
    LWA_CLIENT_SECRET: 'canary-secret',
    LWA_REFRESH_TOKEN_FILE: file,
  };
});

afterAll(async () => {
  await endAllPrograms();
  rmSync(folder, { recursive: true });
});

class Asking {
  readonly child: ChildProcess;
  out = '';

  constructor(...args: string[]) {
    const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...environment };
    this.child = spawn(process.execPath, [CLI, 'authorize', ...args], { env, stdio: 'pipe', cwd: folder });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.out += chunk.toString();
      });
    }
  }

  /** The address of the consent page, once it is printed. */
  async page(): Promise<string> {
    await until(() => expect(this.out).toMatch(/http\S+\/ap\/oa\?\S+/), 60_000);
    return /http\S+\/ap\/oa\?\S+/.exec(this.out)?.[0] ?? '';
  }

  async end(line?: string): Promise<number | null> {
    if (line !== undefined) this.child.stdin?.write(`${line}\n`);
    if (this.child.exitCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }
}

/** Where Amazon redirects the browser of a person who consents. */
async function consent(page: string, query = ''): Promise<string> {
  const response = await fetch(`${page}${query}`, { redirect: 'manual' });
  return response.headers.get('location') ?? '';
}

const tokenIn = (text: string) => /^Atzr\|\S+$/m.exec(text)?.[0];

describe('authorizing', () => {
  it.each(['the whole address', 'the code alone'])(
    'takes %s, writes the token with its date, and tries it',
    async (what) => {
      const asking = new Asking();
      const page = await asking.page();
      expect(Object.fromEntries(new URL(page).searchParams)).toMatchObject({
        client_id: 'client',
        scope: 'advertising::campaign_management',
        redirect_uri: 'https://amazon.com',
      });
      const back = await consent(page);
      const code = new URL(back).searchParams.get('code') ?? '';
      expect(await asking.end(what === 'the code alone' ? code : back), asking.out).toBe(0);
      const text = readFileSync(file, 'utf8');
      expect(text).toMatch(/^# consented 20\d\d-\S+Z\nAtzr\|\S+\n$/);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(asking.out).toContain(`written: ${file}, consented 20`);
      expect(asking.out).toMatch(/token default: given by 127\.0\.0\.1/);
      expect(asking.out).toMatch(/profile default: 1234567890 is one of the token/);
      expect(asking.out).toMatch(/refresh token default: ends on 20\d\d-\d\d-\d\d, in 36[45] days/);
      // Neither a secret nor the code that got it is shown.
      expect(asking.out).not.toMatch(/Atzr\||canary/);
      expect(asking.out).not.toContain(code);
      const check = await run(['check'], environment);
      expect(check.stdout).toMatch(/refresh token default: ends on 20\d\d-\d\d-\d\d, in 36[45] days/);
    },
  );

  it('waits for the browser where it is told to listen, and takes no other answer', async () => {
    const port = await freePort();
    const asking = new Asking('--listen', String(port), '--json');
    const page = await asking.page();
    await until(() => expect(asking.out).toContain(`Waiting for the browser on http://localhost:${port}/`));
    const here = `http://127.0.0.1:${port}/`;
    expect((await fetch(`${here}favicon.ico`)).status).toBe(404);
    expect((await fetch(`${here}?code=forged&state=guessed`)).status).toBe(404);
    const back = new URL(await consent(page));
    expect(back.origin).toBe(`http://localhost:${port}`);
    const response = await fetch(`${here}${back.search}`);
    expect(await response.text()).toContain('Consent received');
    expect(await asking.end(), asking.out).toBe(0);
    expect(tokenIn(readFileSync(file, 'utf8'))).toBeDefined();
    const results = JSON.parse(asking.out.slice(asking.out.lastIndexOf('\n[') + 1)) as { level: string }[];
    expect(results.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it('keeps the existing token if the person refuses, or the answer is not ours', async () => {
    writeFileSync(file, 'Atzr|there\n');
    const denied = new Asking();
    const back = await consent(await denied.page(), '&deny=1');
    expect(await denied.end(back)).toBe(1);
    expect(denied.out).toContain('Amazon gave no code (access_denied)');
    const another = new Asking();
    await another.page();
    expect(await another.end('https://amazon.com/?code=ANabcdef&state=other')).toBe(1);
    expect(another.out).toContain('belongs to another request');
    const spent = new Asking();
    await spent.page();
    expect(await spent.end('ANabcdef')).toBe(1);
    expect(spent.out).toContain('gives no token for the code (invalid_grant)');
    expect(readFileSync(file, 'utf8')).toBe('Atzr|there\n');
  });

  it('asks nobody if there is no file to write to, and does not wait for closed input', async () => {
    const { LWA_REFRESH_TOKEN_FILE: _file, ...rest } = environment;
    expect(await run(['authorize'], rest)).toMatchObject({ code: 2, stderr: expect.stringContaining('--out') });
    const nowhere = join(folder, 'none', 'token');
    expect(await run(['authorize', '--out', nowhere], rest)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no such file or folder'),
    });
    const silent = await run(['authorize', '--out', join(folder, 'other')], rest);
    expect(silent).toMatchObject({ code: 1, stderr: expect.stringContaining('that is no code') });
  });

  it('names what it needs of the account', async () => {
    const missing = await run(['authorize', '--out', file], { LWA_TOKEN_URL: `${url}/auth/o2/token` });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('LWA_CLIENT_ID');
    expect(missing.stderr).toContain('LWA_CLIENT_SECRET');
    expect(await run(['authorize', '--account', 'nobody'], environment)).toMatchObject({ code: 2 });
  });
});
