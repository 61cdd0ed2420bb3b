import { describe, expect, it } from 'vitest';
import { RedisTrouble } from '../../../src/redis/trouble.js';
import { HeldRuns } from '../../../src/worker/held-runs.js';
import { JobLocks } from '../../../src/worker/job-locks.js';
import { JobRun } from '../../../src/worker/job-run.js';

const LOCK_MS = 40;

function runOf(id: string, events = 1, run = 'r'): JobRun {
  return new JobRun(
    { id, token: `token-${id}-${run}`, run, addedAtMs: 0, settling: '' },
    Array(events).fill(undefined),
    true,
  );
}

describe('holding runs', () => {
  it('counts jobs and events, and takes a run back once', () => {
    const runs = new HeldRuns();
    const [first, second] = [runOf('1', 3), runOf('2', 4)];
    expect([runs.add(first), runs.add(second)]).toEqual([undefined, undefined]);
    expect(runs).toMatchObject({ jobs: 2, events: 7 });
    runs.remove(first);
    runs.remove(first);
    expect(runs).toMatchObject({ jobs: 1, events: 4 });
    expect([...runs]).toEqual([second]);
  });

  it('names the run of the same job that is still here, and forgets only what is over', () => {
    const runs = new HeldRuns();
    const [lost, newer, newest] = [runOf('1', 1, 'a'), runOf('1', 1, 'b'), runOf('1', 1, 'c')];
    runs.add(lost);
    expect(runs.add(newer)).toBe(lost);
    runs.remove(lost);
    expect(runs.add(newest)).toBe(newer);
    runs.remove(newest);
    runs.remove(newer);
    expect(runs.add(runOf('1'))).toBe(undefined);
  });

  it('tells the age of the oldest run, and 0 where there is none', () => {
    const runs = new HeldRuns();
    expect(runs.oldestSeconds()).toBe(0);
    const run = runOf('1');
    runs.add(run);
    runs.add(runOf('2'));
    expect(runs.oldestSeconds(run.startedAt + 2_500)).toBeCloseTo(2.5);
    expect(runs.oldestSeconds(run.startedAt - 1)).toBe(0);
  });
});

describe('renewing the locks of held jobs', () => {
  const lines: string[] = [];
  const say = (event: string) => lines.push(event);
  const trouble = new RedisTrouble({ log: { debug: say, info: say, warn: say, error: say } });
  const locksOf = (runs: HeldRuns, answer: (ids: string[], tokens: string[]) => string[]) =>
    new JobLocks({ extendJobLocks: async (ids, tokens) => answer(ids, tokens) }, runs, LOCK_MS, trouble);

  function heldFor(ms: number, ...all: JobRun[]): HeldRuns {
    const runs = new HeldRuns();
    for (const run of all) runs.add(Object.assign(run, { startedAt: performance.now() - ms }));
    return runs;
  }

  it('asks with each run’s own token, and loses the runs whose lock is gone', async () => {
    const [kept, gone, lost] = [runOf('1'), runOf('2'), runOf('3')];
    lost.lose();
    const asked: string[][] = [];
    await locksOf(heldFor(LOCK_MS, kept, gone, lost), (ids, tokens) => {
      asked.push(ids, tokens);
      return ['2'];
    }).renew();
    expect(asked).toEqual([
      ['1', '2'],
      ['token-1-r', 'token-2-r'],
    ]);
    expect([kept.isOurs, gone.isLost]).toEqual([true, true]);
  });

  it('asks for nothing while all locks are fresh', async () => {
    const unasked = () => {
      throw new Error('asked');
    };
    await locksOf(heldFor(0, runOf('1')), unasked).renew();
    await locksOf(new HeldRuns(), unasked).renew();
  });

  it('goes on after a failure, until it is stopped', async () => {
    let asked = 0;
    const again = new Promise<void>((resolve) => {
      const locks = locksOf(heldFor(LOCK_MS, runOf('1')), () => {
        asked += 1;
        if (asked === 1) throw new Error('Redis is away');
        locks.stop();
        setImmediate(resolve);
        return [];
      });
      locks.start();
      locks.start();
    });
    await again;
    expect({ asked, lines }).toEqual({ asked: 2, lines: ['redis.refused', 'redis.accepts'] });
  });

  it('stopped, it never starts', () => {
    const locks = locksOf(new HeldRuns(), () => []);
    locks.stop();
    locks.start();
    locks.stop();
  });
});
