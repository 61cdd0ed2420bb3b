// Real: the commands of README.md and docs/sandbox.md, run unchanged against the built program, Redis and the sandbox.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxAccount } from '../../dev/demo/sandbox-account.js';
import type { ConversionJob } from '../../src/queue/job.js';
import { endAllPrograms, Program } from '../support/program.js';
import { ROOT, Scratch } from '../support/scratch.js';
import { World } from '../support/world.js';

const execute = promisify(execFile);
const SECRET = 'a-secret-of-the-shop-1f2e3d4c';
const CLI = join(ROOT, 'dist', 'cli.js');

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await endAllPrograms();
  await world.close();
});

function blocksOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code = '']) => code);
}

describe('the requests of README.md', () => {
  const requests = blocksOf('README.md').filter((code) => code.includes('curl '));

  it('there is one for each way of intake that needs no file', () => {
    expect(requests.map((code) => /\/v1\/(?:webhooks\/(\w+)|events\?source=(\w+))/.exec(code)?.slice(1))).toEqual([
      [undefined, 'order'],
      ['shopify', undefined],
      [undefined, 'ga4'],
    ]);
  });

  it.each(requests.map((code) => [/shopify|source=\w+/.exec(code)?.[0], code]))(
    '%s is accepted, with e-mail and phone where it has them',
    async (_, code) => {
      using folder = Scratch.outside();
      const accountsFile = folder.path('accounts.json');
      writeFileSync(accountsFile, JSON.stringify({ accounts: [sandboxAccount(world.account, world.sandboxUrl)] }));
      const intake = await Program.start('intake', [], {
        REDIS_URL: world.settings.REDIS_URL,
        ACCOUNTS_FILE: accountsFile,
        SHOPIFY_WEBHOOK_SECRET: SECRET,
      });
      const typed = code
        .replace('http://127.0.0.1:8080', intake.address('intake'))
        .replace('?source=', `?account=${world.account}&source=`);
      const environment = { PATH: process.env['PATH'], SHOPIFY_WEBHOOK_SECRET: SECRET };
      const { stdout } = await execute('bash', ['-euc', typed], { env: environment });
      expect(stdout).toBe(/^# (\{.*\})$/m.exec(code)?.[1]);

      const jobs = await world.withQueue((queue) => queue.getJobs(['waiting']));
      const events = jobs.flatMap((job) => (job.data as ConversionJob).events);
      expect(events).toHaveLength(1);
      const types = events[0]?.event.matchKeys.map(({ type }) => type);
      expect(types).toEqual(code.includes('phone') ? ['EMAIL', 'PHONE'] : ['EMAIL']);
    },
  );
});

it('the settings of docs/sandbox.md, as .env, reach the sandbox', async () => {
  const [settings = ''] = blocksOf('docs/sandbox.md');
  expect(settings).toContain('AMAZON_ADS_ENDPOINT=');
  const sandbox = await Program.start('sandbox', ['--port', '0'], {});
  using folder = Scratch.outside();
  const url = sandbox.address('sandbox');
  writeFileSync(folder.path('.env'), settings.replaceAll('http://127.0.0.1:9090', url));
  const environment = { PATH: process.env['PATH'], REDIS_URL: world.settings.REDIS_URL };
  // It may exit with 1, as its verdict on this machine's Redis does not matter here.
  const check = execute(process.execPath, [CLI, 'check'], { cwd: folder.folder, env: environment });
  const { stdout } = await check.catch((error: { readonly stdout: string }) => error);
  expect(stdout).toMatch(/^ok +token default: /m);
  expect(stdout).toMatch(/^ok +profile default: 1234567890 /m);
});
