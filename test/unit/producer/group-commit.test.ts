import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GroupCommit } from '../../../src/producer/group-commit.js';

interface Write {
  readonly items: readonly string[];
  readonly succeed: () => void;
  readonly fail: (error: Error) => void;
}

const SIZES = { fullAt: 10, maxItems: 10 };

/** A group commit whose writes end when the test says so. */
function openCommit(maxItems = 10, fullAt = maxItems) {
  const writes: Write[] = [];
  const commit = new GroupCommit<string>(
    (items) =>
      new Promise((resolve, reject) => {
        writes.push({ items: [...items], succeed: resolve, fail: reject });
      }),
    { fullAt, maxItems },
  );
  const written = () => writes.map(({ items }) => items);
  return { commit, writes, written };
}

/** Lets everything that waits on promises run, and what that schedules for the end of the turn. */
async function turn(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

/** The state of the calls so far. */
function watch(calls: readonly Promise<void>[]): string[] {
  const states = calls.map(() => 'waiting');
  calls.forEach((call, index) => {
    call.then(
      () => {
        states[index] = 'written';
      },
      (error: unknown) => {
        states[index] = error instanceof Error ? error.message : 'failed';
      },
    );
  });
  return states;
}

describe('committing in groups', () => {
  it('a single call writes at once, before it is awaited', async () => {
    const { commit, writes, written } = openCommit();
    const call = commit.add(['a', 'b']);
    expect(written()).toEqual([['a', 'b']]);
    writes[0]?.succeed();
    await call;
  });

  it('a call resolves when its own write has ended, not before', async () => {
    const { commit, writes } = openCommit();
    const states = watch([commit.add(['a']), commit.add(['b'])]);
    await turn();
    expect(states).toEqual(['waiting', 'waiting']);
    writes[0]?.succeed();
    await turn();
    expect(states).toEqual(['written', 'waiting']);
    writes[1]?.succeed();
    await turn();
    expect(states).toEqual(['written', 'written']);
  });

  it('calls during a write share the next', async () => {
    const { commit, writes, written } = openCommit();
    const calls = [commit.add(['a']), commit.add(['b']), commit.add(['c', 'd']), commit.add(['e'])];
    expect(written()).toEqual([['a']]);
    writes[0]?.succeed();
    await turn();
    expect(written()).toEqual([['a'], ['b', 'c', 'd', 'e']]);
    writes[1]?.succeed();
    await Promise.all(calls);
  });

  it('a full group waits for no other write; what comes after it goes when one other at most is under way', async () => {
    const { commit, writes, written } = openCommit(10, 3);
    const calls = ['a', 'b', 'c', 'd', 'e', 'f'].map((item) => commit.add([item]));
    await turn();
    expect(written()).toEqual([['a'], ['b', 'c', 'd']]);
    writes[0]?.succeed();
    await turn();
    expect(written()).toEqual([['a'], ['b', 'c', 'd'], ['e', 'f']]);
    writes[1]?.succeed();
    writes[2]?.succeed();
    await Promise.all(calls);
  });

  it('beside one write a second begins when the turn ends, with all calls of the turn; a third does not', async () => {
    const { commit, writes, written } = openCommit();
    const calls = [commit.add(['a']), commit.add(['b']), commit.add(['c'])];
    expect(written()).toEqual([['a']]);
    await turn();
    expect(written()).toEqual([['a'], ['b', 'c']]);
    calls.push(commit.add(['d']));
    await turn();
    calls.push(commit.add(['e']));
    await turn();
    expect(written()).toHaveLength(2);
    writes[1]?.succeed();
    await turn();
    expect(written()).toEqual([['a'], ['b', 'c'], ['d', 'e']]);
    writes[0]?.succeed();
    writes[2]?.succeed();
    await Promise.all(calls);
  });

  it('of writes under way at the same time, a failing one rejects its own callers alone', async () => {
    const { commit, writes } = openCommit(10, 1);
    const states = watch([commit.add(['a']), commit.add(['b']), commit.add(['c'])]);
    writes[1]?.fail(new Error('Redis is away'));
    await turn();
    expect(states).toEqual(['waiting', 'Redis is away', 'waiting']);
    writes[2]?.succeed();
    writes[0]?.succeed();
    await turn();
    expect(states).toEqual(['written', 'Redis is away', 'written']);
  });

  it('no more than eight writes are under way; full groups grow while they wait', async () => {
    const { commit, writes, written } = openCommit(10, 1);
    const calls = Array.from({ length: 12 }, (_, number) => commit.add([String(number)]));
    expect(written()).toHaveLength(8);
    writes[3]?.succeed();
    await turn();
    expect(written().at(-1)).toEqual(['8', '9', '10', '11']);
    for (const { succeed } of writes) succeed();
    await Promise.all(calls);
  });

  it('a call after all writes have ended writes at once again', async () => {
    const { commit, writes, written } = openCommit();
    const first = commit.add(['a']);
    writes[0]?.succeed();
    await first;
    const second = commit.add(['b']);
    expect(written()).toEqual([['a'], ['b']]);
    writes[1]?.succeed();
    await second;
  });

  it('a failing write rejects exactly its callers, and the next goes on', async () => {
    const { commit, writes } = openCommit();
    const states = watch([commit.add(['a']), commit.add(['b']), commit.add(['c'])]);
    writes[0]?.succeed();
    await turn();
    const later = watch([commit.add(['d'])]);
    writes[1]?.fail(new Error('Redis is away'));
    await turn();
    expect(states).toEqual(['written', 'Redis is away', 'Redis is away']);
    expect(later).toEqual(['waiting']);
    writes[2]?.succeed();
    await turn();
    expect(later).toEqual(['written']);
  });

  it('a write that throws before it begins is a failing write like any other', async () => {
    let isBroken = true;
    const commit = new GroupCommit<string>(() => {
      if (isBroken) throw new Error('not connected');
      return Promise.resolve();
    }, SIZES);
    await expect(commit.add(['a'])).rejects.toThrow('not connected');
    isBroken = false;
    const states = watch([commit.add(['b'])]);
    await turn();
    expect(states).toEqual(['written']);
  });

  it('no write exceeds the limit, and no call is split', async () => {
    const { commit, writes, written } = openCommit(3);
    const calls = [['a'], ['b', 'c'], ['d', 'e'], ['f'], ['g', 'h', 'i', 'j'], ['k']].map((items) => commit.add(items));
    for (let number = 0; number < 5; number += 1) {
      writes[number]?.succeed();
      await turn();
    }
    await Promise.all(calls);
    expect(written()).toEqual([['a'], ['b', 'c'], ['d', 'e', 'f'], ['g', 'h', 'i', 'j'], ['k']]);
  });

  it('a call without items needs no write', async () => {
    const { commit, written } = openCommit();
    await commit.add([]);
    expect(written()).toEqual([]);
  });

  it('is idle when nothing waits and nothing is being written, whatever failed', async () => {
    const { commit, writes } = openCommit();
    await commit.idle();
    const states = watch([commit.add(['a']), commit.add(['b'])]);
    const idle = watch([commit.idle()]);
    writes[0]?.fail(new Error('Redis is away'));
    await turn();
    expect(idle).toEqual(['waiting']);
    writes[1]?.succeed();
    await turn();
    expect(idle).toEqual(['written']);
    expect(states).toEqual(['Redis is away', 'written']);
  });

  it('writes every item once and in order, whatever calls come when', async () => {
    const steps = fc.array(
      fc.oneof(fc.array(fc.constant('x'), { maxLength: 6 }), fc.constant('end a write' as const)),
      {
        maxLength: 30,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        async (calls, maxItems, fullAt) => {
          const { commit, writes, written } = openCommit(maxItems, fullAt);
          const given: string[] = [];
          const pending: Promise<void>[] = [];
          let ended = 0;
          const endOne = async () => {
            writes[ended]?.succeed();
            if (writes[ended]) ended += 1;
            await turn();
          };
          for (const call of calls) {
            if (call === 'end a write') {
              await endOne();
              continue;
            }
            const items = call.map((_, index) => String(given.length + index));
            given.push(...items);
            pending.push(commit.add(items));
          }
          while (ended < writes.length) await endOne();
          await Promise.all(pending);
          expect(written().flat()).toEqual(given);
        },
      ),
    );
  });
});
