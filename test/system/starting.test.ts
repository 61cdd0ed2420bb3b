// Real: the built program as processes, one of them process 1 of its own PID namespace; a Redis that is down, or that
// evicts keys.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { begin, endAllPrograms, Program, run } from '../support/program.js';
import { ROOT } from '../support/scratch.js';
import { until } from '../support/world.js';

const ENVIRONMENT = {
  REDIS_URL: 'redis://127.0.0.1:1',
  AMAZON_ADS_PROFILE_ID: '1',
  LWA_CLIENT_ID: 'client',
  LWA_CLIENT_SECRET: 'secret',
  LWA_REFRESH_TOKEN: 'refresh',
  CONSOLE_PORT: '0',
};
const SERVICES = ['worker', 'intake', 'console'];
/** A service that waited for its jobs would take the 25 s of SHUTDOWN_TIMEOUT_MS. */
const ENDS_WITHIN_MS = 10_000;
/** A lost signal is never answered. Long, so that a busy machine does not fail the test. */
const LOST_AFTER_MS = 15_000;
/** Spread over a start. Each costs one start. Each test run uses others. */
const MOMENTS = 8;

let redis: RedisServer | undefined;
afterEach(async () => {
  await endAllPrograms();
  await redis?.stop();
  redis = undefined;
});

/** How a process ends after the signal. */
async function endOf(
  child: ChildProcess,
  { pid = child.pid, withinMs = ENDS_WITHIN_MS }: { pid?: number | undefined; withinMs?: number } = {},
): Promise<{ code: number | null; inTime: boolean }> {
  const closed = once(child, 'close');
  const toldAt = performance.now();
  process.kill(Number(pid), 'SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), withinMs);
  await closed;
  clearTimeout(late);
  return { code: child.exitCode, inTime: performance.now() - toldAt < withinMs };
}

/** Resolves when a worker waits for a job. */
async function untilIdle(url: string): Promise<void> {
  const connection = new Redis(url);
  try {
    await until(async () => expect(await connection.client('LIST')).toContain('cmd=bzpopmin'));
  } finally {
    connection.disconnect();
  }
}

/** Resolves at the first log line with this text. */
function untilSaid(child: ChildProcess, text: string): Promise<void> {
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  return until(() => expect(log).toContain(text));
}

describe('handling signals while starting', () => {
  it('a worker that waits for a Redis that is away ends at once, with 0', async () => {
    const { child } = begin(['worker'], ENVIRONMENT);
    await untilSaid(child, 'redis.away');
    expect(await endOf(child)).toEqual({ code: 0, inTime: true });
  });

  it('a signal before the first line of any command ends it, with 0 where it is a service', async () => {
    for (const [command, code] of [
      ['worker', 0],
      ['status', 143],
    ] as const) {
      // Loaded before the program: sends the signal as soon as there is a listener.
      const hook = `data:text/javascript,const t=setInterval(()=>{if(process.listenerCount('SIGTERM')){clearInterval(t);process.kill(process.pid,'SIGTERM')}},1)`;
      const child = spawn(process.execPath, ['--import', hook, `${ROOT}/dist/cli.js`, command], {
        env: { ...process.env, ...ENVIRONMENT, METRICS_PORT: '0' },
        stdio: 'ignore',
      });
      await once(child, 'close');
      expect({ command, code: child.exitCode ?? child.signalCode }).toEqual({ command, code });
    }
  });

  it('a signal that has arrived but is not told yet reaches the command that answers next', async () => {
    // The signal arrives within the call. Node.js delivers it after the current code.
    const script = `
      import { hearSignals, untilSignalled } from '${ROOT}/dist/commands/signals.js';
      hearSignals(9);
      process.kill(process.pid, 'SIGTERM');
      setTimeout(() => process.exit(7), 5000);
      await untilSignalled();
      process.exit(0);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
  });

  it('whenever it comes during a start, a signal ends the worker with 0', async () => {
    redis = await startServer();
    const environment = { ...ENVIRONMENT, REDIS_URL: redis.url };
    const startedAt = performance.now();
    const whole = await Program.start('worker', [], environment);
    const startMs = performance.now() - startedAt;
    await whole.end();
    for (let moment = 0; moment < MOMENTS; moment += 1) {
      const { child } = begin(['worker'], environment);
      const afterMs = (startMs * (moment + Math.random())) / MOMENTS;
      await sleep(afterMs);
      const { code, inTime } = await endOf(child, { withinMs: LOST_AFTER_MS });
      // Null: the signal ended it before its first line, by Node.js itself.
      expect({ afterMs, inTime, code: code ?? 0 }).toEqual({ afterMs, inTime: true, code: 0 });
    }
  });

  it.skipIf(spawnSync('unshare', ['--pid', '--fork', 'true']).status !== 0)(
    'so does process 1 of a container',
    async () => {
      const args = ['--pid', '--fork', '--kill-child', process.execPath, `${ROOT}/dist/cli.js`, 'worker'];
      const child = spawn('unshare', args, {
        env: { PATH: process.env['PATH'], HOME: '/nonexistent', METRICS_PORT: '0', ...ENVIRONMENT },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      await untilSaid(child, 'redis.away');
      const [first] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
      expect(await endOf(child, { pid: Number(first) })).toEqual({ code: 0, inTime: true });
    },
  );

  it('an idle worker whose Redis goes away ends at once, with 0', async () => {
    redis = await startServer();
    const worker = await Program.start('worker', [], { ...ENVIRONMENT, REDIS_URL: redis.url });
    await untilIdle(redis.url);
    await redis.kill();
    await until(() => expect(worker.log).toContain('redis.away'));
    expect(await endOf(worker.child)).toEqual({ code: 0, inTime: true });
  });
});

describe('starting on a Redis that evicts keys', () => {
  it.each(SERVICES)('%s ends with 2 and says what to set', async (command) => {
    redis = await startServer({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    const { code, stderr } = await run([command], { ...ENVIRONMENT, REDIS_URL: redis.url });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/maxmemory-policy allkeys-lru.*noeviction/) as unknown,
    });
  });

  it('an intake that started while Redis was away ends with 2 when it comes', async () => {
    redis = await startServer({ args: ['--maxmemory-policy', 'volatile-lru'] });
    const { port, url } = redis;
    await redis.kill();
    const intake = await Program.start('intake', [], { ...ENVIRONMENT, REDIS_URL: url });
    const exited = once(intake.child, 'exit');
    redis = await startServer({ port, args: ['--maxmemory-policy', 'volatile-lru'] });
    await exited;
    expect({ code: intake.child.exitCode, log: intake.log }).toEqual({
      code: 2,
      log: expect.stringContaining('maxmemory-policy volatile-lru') as unknown,
    });
  });

  it('asks for no more than the policy: maxmemory may be without a bound', async () => {
    redis = await startServer();
    const admin = new Redis(redis.url);
    await admin.config('SET', 'maxmemory', '0');
    admin.disconnect();
    const worker = await Program.start('worker', [], { ...ENVIRONMENT, REDIS_URL: redis.url });
    expect(await worker.end('SIGTERM')).toBe(0);
  });
});
