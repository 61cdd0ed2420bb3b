// Only the clock is faked. Played: BullMQ's call that extends locks.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RedisTrouble } from '../../../src/redis/trouble.js';
import { HeldRuns } from '../../../src/worker/held-runs.js';
import { JobLocks } from '../../../src/worker/job-locks.js';
import { JobRun } from '../../../src/worker/job-run.js';
import { KeptLog } from '../../support/kept-log.js';

const LOCK_MS = 8_000;

/** Which locks were extended, and what Redis says of them. */
class Extender {
  readonly calls: string[] = [];
  gone: string[] | Error = [];

  extendJobLocks(jobIds: string[], tokens: string[], durationMs: number): Promise<string[]> {
    this.calls.push(`${jobIds.join()} ${tokens.join()} ${durationMs}`);
    return this.gone instanceof Error ? Promise.reject(this.gone) : Promise.resolve(this.gone);
  }
}

let runs: HeldRuns;
let extender: Extender;
let log: KeptLog;
let locks: JobLocks;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  runs = new HeldRuns();
  extender = new Extender();
  log = new KeptLog();
  locks = new JobLocks(extender, runs, LOCK_MS, new RedisTrouble({ log }));
});
afterEach(() => {
  locks.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function hold(id: string): JobRun {
  const run = new JobRun({ id, token: `token-${id}`, run: 'r', addedAtMs: 0, settling: '' }, [undefined], true);
  runs.add(run);
  return run;
}

/** Lets this much time pass. @returns the calls since */
async function after(ms: number): Promise<string[]> {
  await vi.advanceTimersByTimeAsync(ms);
  return extender.calls.splice(0);
}

it('renews the locks of all jobs four times in the time of a lock, each by its own token', async () => {
  locks.start();
  hold('1');
  hold('2');
  await after(1);
  expect(await after(1_998)).toEqual([]);
  await after(1);
  expect(await after(2_000)).toEqual(['1,2 token-1,token-2 8000']);
  expect(await after(2_000)).toEqual(['1,2 token-1,token-2 8000']);
});

it('leaves a lock alone that is fresh, and asks nothing where there is none to renew', async () => {
  locks.start();
  expect(await after(2_000)).toEqual([]);
  hold('1');
  expect(await after(2_000)).toEqual([]);
  expect(await after(2_000)).toEqual(['1 token-1 8000']);
});

it('a run whose lock is gone is lost, and its lock is not renewed any more', async () => {
  const [first, second] = [hold('1'), hold('2')];
  locks.start();
  await after(2_001);
  extender.gone = ['1'];
  await after(2_000);
  expect([first.isLost, second.isLost]).toEqual([true, false]);
  extender.gone = [];
  expect(await after(2_000)).toEqual(['2 token-2 8000']);
});

it('goes on where Redis fails, and says when it fails and when it is back', async () => {
  const run = hold('1');
  locks.start();
  extender.gone = new Error('away');
  await after(4_000);
  expect(run.isLost).toBe(false);
  extender.gone = [];
  await after(2_000);
  expect(log.lines).toMatchObject([
    { level: 'error', event: 'redis.refused', fields: { reason: 'extendLocks' } },
    { level: 'info', event: 'redis.accepts', fields: { reason: 'extendLocks' } },
  ]);
});

it('begins once, and never again after its stop', async () => {
  hold('1');
  locks.start();
  locks.start();
  await after(2_001);
  expect(await after(2_000)).toHaveLength(1);
  locks.stop();
  locks.start();
  expect(await after(8_000)).toEqual([]);
});

it('a stop while locks are being renewed is the end too', async () => {
  hold('1');
  await after(2_001);
  let answer: (gone: string[]) => void = () => undefined;
  extender.extendJobLocks = () => new Promise((resolve) => (answer = resolve));
  locks.start();
  await after(2_000);
  locks.stop();
  answer([]);
  await after(0);
  expect(vi.getTimerCount()).toBe(0);
});
