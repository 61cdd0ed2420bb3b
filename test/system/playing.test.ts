/** What a newcomer types first: the demo, a kept demo, `npm start`, Ctrl-C. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../scripts/redis.mjs';
import { asAdministrator } from '../support/guard.js';
import { run, runNode } from '../support/program.js';
import { ROOT } from '../support/scratch.js';
import { Terminal } from '../support/terminal.js';
import { until } from '../support/world.js';

const RUN = join(ROOT, 'scripts', 'run.mjs');
const causes = z.array(z.object({ id: z.string(), count: z.number(), pattern: z.string() }));
const letters = z.array(z.object({ id: z.string(), event: z.object({ value: z.number() }) }));

describe('the demo', () => {
  it('loses webhooks, finds each of them, balances, and leaves nothing in Redis', async () => {
    const environment = { REDIS_URL: process.env['REDIS_URL'] ?? '' };
    const { code, stdout } = await runNode(['--import', 'tsx', 'dev/demo/main.ts'], environment);
    expect(stdout).toContain('webhooks of 300 orders of two shops: 12 of them are lost on purpose');
    expect(stdout).toContain(
      '200 orders · 192 delivered · 0 queued · 0 dead letters · 0 refused · 8 missing, now enqueued',
    );
    expect(stdout).toContain(
      '100 orders · 96 delivered · 0 queued · 0 dead letters · 0 refused · 4 missing, now enqueued',
    );
    expect(stdout).toMatch(/found by reconcile +│ 12 /);
    expect(stdout).toContain('It balances');
    expect(stdout).toContain('0 of them twice');
    expect(code).toBe(0);
    expect(await asAdministrator((redis) => redis.keys('{capi:demo-*'))).toEqual([]);
  });
});

describe('playing with a demo that is kept', () => {
  it('corrects every cause as a person would, delivers all letters, and ends with Ctrl-C', async () => {
    await using terminal = new Terminal([RUN, 'demo', '--keep']);
    await terminal.untilItSays('Ctrl-C stops everything');
    const environment = terminal.exported;
    const account = /^account: (\S+)$/m.exec(terminal.stdout)?.[1] ?? '';
    const inAccount = ['--account', account];
    const deadLetters = (...args: string[]) => run(['dead-letters', ...args, ...inAccount], environment);
    const readCauses = async () => causes.parse(JSON.parse((await deadLetters('stats', '--json')).stdout));
    const replay = async (...args: string[]) => expect(await deadLetters('replay', ...args)).toMatchObject({ code: 0 });

    expect(await run(['status'], environment)).toMatchObject({ code: 0, stdout: expect.stringContaining(account) });
    expect(await run(['check'], environment)).toMatchObject({ stdout: expect.stringContaining(account) });
    expect(terminal.stdout).toMatch(/^logs: \/\S+$/m);
    const found = await readCauses();
    expect(found).toHaveLength(5);
    const causeOf = (text: string) => found.find(({ pattern }) => pattern.includes(text))?.id ?? '';

    const permission = /^curl -X DELETE '(.*)'$/m.exec(terminal.stdout)?.[1] ?? '';
    expect((await fetch(permission, { method: 'DELETE' })).ok).toBe(true);
    const list = await deadLetters('list', '--cause', causeOf('JPY'), '--json');
    await replay('--cause', causeOf('BRL'), '--set', 'currencyCode=USD');
    await replay('--cause', causeOf('unitsSold'), '--set', 'unitsSold=1');
    await replay('--cause', causeOf('try again'), causeOf('CA'));
    for (const { id, event } of letters.parse(JSON.parse(list.stdout))) {
      await replay('--id', id, '--set', `value=${Math.round(event.value)}`);
    }
    await until(async () => {
      const { stdout } = await run(['status', '--json'], environment);
      expect(JSON.parse(stdout)).toMatchObject([{ queuedEvents: 0 }]);
    });
    expect(await readCauses()).toEqual([]);

    expect(await terminal.interrupt()).toBe(0);
    expect(terminal.stdout).toContain('It balances');
    expect(terminal.stdout).toContain('0 of them still lie there');
    expect(terminal.stdout).toMatch(/found by reconcile +│ 12 /);
    expect(terminal.stderr).not.toMatch(/error|capi-forwarder:/i);
  }, 240_000);

  it('ends with Ctrl-C while it still sends', async () => {
    await using terminal = new Terminal([RUN, 'demo']);
    await terminal.untilItSays('orders over HTTP');
    expect(await terminal.interrupt()).toBe(1);
    expect(terminal.stdout).toContain('Stopped before its end');
    expect(terminal.stderr).not.toMatch(/error|capi-forwarder:/i);
  });
});

describe('npm start', () => {
  it('prints how to reach it, and a second one prints which port is taken', async () => {
    const ports = await freePorts();
    await using terminal = new Terminal([RUN, 'start'], ports);
    await terminal.untilItSays('Ctrl-C stops everything');
    expect(terminal.exported).toMatchObject({ ...ports, REDIS_URL: expect.stringMatching(/^redis:/) });
    expect(await run(['check'], terminal.exported)).toMatchObject({ stdout: expect.stringContaining('default') });
    expect(await run(['dead-letters', 'stats'], terminal.exported)).toMatchObject({ code: 0 });
    expect(terminal.stdout).toMatch(/^logs +\/\S+$/m);

    await using second = new Terminal([RUN, 'start'], ports);
    expect(await second.ended()).toBe(2);
    expect(second.stderr).toContain(`port ${ports.INTAKE_PORT} is in use`);
    const [, logs = ''] = /^logs +(\/\S+)$/m.exec(terminal.stdout) ?? [];
    expect(existsSync(logs)).toBe(true);
    expect(await terminal.interrupt()).toBe(0);
    expect(existsSync(logs)).toBe(false);
  });

  it('says which process ended by itself, and where its log is, and ends with 1', async () => {
    const ports = await freePorts();
    await using terminal = new Terminal([RUN, 'start'], ports);
    await terminal.untilItSays('Ctrl-C stops everything');
    const [, logs = ''] = /^logs +(\/\S+)$/m.exec(terminal.stdout) ?? [];
    const log = join(logs, 'worker.log');
    process.kill(workerOf(ports.INTAKE_PORT), 'SIGKILL');
    expect(await terminal.ended()).toBe(1);
    expect(terminal.stderr).toContain(`worker ended by SIGKILL. Its log: ${log}`);
    rmSync(logs, { recursive: true });
  });
});

/** The worker of the `npm start` with this port, found by its command line and its environment. */
function workerOf(intakePort: string): number {
  const read = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
    } catch {
      return [];
    }
  };
  const pid = readdirSync('/proc').find(
    (name) =>
      /^\d+$/.test(name) &&
      read(name, 'cmdline').includes('worker') &&
      read(name, 'environ').includes(`INTAKE_PORT=${intakePort}`),
  );
  if (pid === undefined) throw new Error('no worker runs');
  return Number(pid);
}

const freePorts = async () => ({ INTAKE_PORT: `${await freePort()}`, CONSOLE_PORT: `${await freePort()}` });
