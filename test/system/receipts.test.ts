// Real: the built program as processes, Redis, the sandbox as Amazon, files and pipes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conversionPayload, eventOf } from '../support/events.js';
import { endAllPrograms, Program, run } from '../support/program.js';
import { ROOT, Scratch } from '../support/scratch.js';
import { until, World } from '../support/world.js';

let world: World;
let scratch: Scratch;
let environment: Record<string, string>;
beforeEach(async () => {
  world = await World.open();
  scratch = Scratch.outside();
  const { account, sandboxUrl } = world;
  const path = scratch.path('accounts.json');
  const entry = {
    name: account,
    endpoint: sandboxUrl,
    tokenUrl: `${sandboxUrl}/auth/o2/token`,
    profileId: '1234567890',
    clientId: 'client',
    clientSecret: 'lwa-secret',
    refreshToken: 'lwa-refresh',
  };
  writeFileSync(path, JSON.stringify({ accounts: [entry] }));
  environment = {
    REDIS_URL: process.env['REDIS_URL'] ?? '',
    ACCOUNTS_FILE: path,
    BATCH_LINGER_MS: '30',
    RECEIPTS_FILE: scratch.path('receipts.ndjson'),
  };
});
afterEach(async () => {
  await endAllPrograms();
  await world.close();
  scratch[Symbol.dispose]();
});

const payload = (id: string) => conversionPayload({ clientDedupeId: id, timestamp: new Date().toISOString() });
const linesOf = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));
const written = (name: string) => linesOf(readFileSync(scratch.path(name), 'utf8'));

async function post(intake: Program, payloads: readonly object[]): Promise<void> {
  const url = `${intake.address('intake')}/v1/events?account=${world.account}`;
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(payloads) });
  expect(answer.status).toBe(202);
}

describe('keeping receipts', { timeout: 60_000 }, () => {
  it('two processes share a file, leave it when it is moved, and have written all when they end', async () => {
    const [intake, worker] = await Promise.all(
      ['intake', 'worker'].map((name) => Program.start(name, [], environment)),
    );
    if (!intake || !worker) throw new Error('they did not start');
    await post(intake, [payload('a'), { ...payload('refused'), name: 'refund' }]);
    await until(() => expect(written('receipts.ndjson')).toHaveLength(2));
    renameSync(scratch.path('receipts.ndjson'), scratch.path('receipts.1'));
    await until(() => expect(existsSync(scratch.path('receipts.ndjson'))).toBe(true));
    expect(written('receipts.1')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: 'a', outcome: 'delivered', requestId: expect.stringMatching(/^sandbox-/) }),
        expect.objectContaining({ id: 'refused', outcome: 'refused', reason: 'not_a_purchase' }),
      ]),
    );
    const ids = Array.from({ length: 300 }, (_, place) => `late-${place}`);
    await post(intake, ids.map(payload));
    await world.untilSettled({ delivered: 301 });
    expect(await Promise.all([intake.end(), worker.end()])).toEqual([0, 0]);
    const all = [...written('receipts.1'), ...written('receipts.ndjson')];
    expect(all).toHaveLength(302);
    expect(new Set(all.map((line) => (line as { id: string }).id)).size).toBe(302);
  });

  it('writes to standard output, where nothing else stands then', async () => {
    const child = spawn(process.execPath, [`${ROOT}/dist/cli.js`, 'worker'], {
      env: { PATH: process.env['PATH'] ?? '', METRICS_PORT: '0', ...environment, RECEIPTS_FILE: '-' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      await until(() => expect(stderr).toContain('worker ready'), 30_000);
      await world.enqueue([eventOf('a')]);
      await until(() => expect(linesOf(stdout)).toMatchObject([{ id: 'a', outcome: 'delivered' }]));
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    expect(child.exitCode).toBe(0);
  });

  it.each(['intake', 'worker'])('%s does not start where the file cannot be opened, and says why', async (command) => {
    const path = scratch.path('none', 'receipts.ndjson');
    const ended = await run([command], { ...environment, RECEIPTS_FILE: path });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(`RECEIPTS_FILE: ${path}: there is no such file or folder`);
  });
});
