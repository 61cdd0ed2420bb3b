// Real: time, a little of it.
import { describe, expect, it } from 'vitest';
import { untilSettled } from '../../dev/demo/until-settled.js';

const never = new AbortController().signal;

describe('waiting for the demo’s events', () => {
  it('takes as long as it takes while some of them end', async () => {
    let done = 0;
    const startedAt = performance.now();
    // One look every tenth of a second: in total longer than the limit without progress.
    await untilSettled(async () => ({ done: (done += 1), queued: 12 - done }), never, 1_000);
    expect(performance.now() - startedAt).toBeGreaterThan(1_000);
  });

  it('says how many are stuck where none ends', async () => {
    const stuck = untilSettled(async () => ({ done: 5, queued: 3 }), never, 200);
    await expect(stuck).rejects.toThrow('3 events are queued, and none ended for 0.2 s: see the worker’s log');
  });

  it('ends with the signal', async () => {
    const stopped = untilSettled(async () => ({ done: 0, queued: 1 }), AbortSignal.abort(new Error('Ctrl-C')));
    await expect(stopped).rejects.toThrow('Ctrl-C');
  });
});
