// Real: Redis, the gate and its scripts. Back-off is long: a closed gate stays closed for the whole test.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from '../../src/queue/queue.js';
import type { Gate } from '../../src/worker/gate.js';
import { gateRecord, LONG_BACK_OFF, openGate } from '../support/flights.js';
import { World } from '../support/world.js';

let world: World;
let gate: Gate;
/** Another worker's view of the same gate. */
let other: Gate;
let stop: AbortController;
beforeEach(async () => {
  world = await World.open();
  stop = new AbortController();
  gate = openGate(world, stop.signal);
  other = openGate(world, stop.signal);
});
afterEach(() => {
  stop.abort();
  return world.close();
});

const gateNow = async () => (await world.state()).gate;
const untilNow = async () => (await gateRecord(world))?.until ?? '';
/** Ends the time for which the gate is closed. */
const end = () => world.connection.hset(keysOf(world.account).gate, 'until', 1);

/** Whether a batch would pass the gate at once, by what this worker knows. */
async function isOpen(view: Gate): Promise<boolean> {
  return Promise.race([view.pass(view.takeTurn()), new Promise<false>((resolve) => setImmediate(resolve, false))]);
}

describe('closing the gate', () => {
  it('lasts as long as Amazon says, and tells of when and how often', async () => {
    const closed = await gate.close('throttled', 7_000, '429');
    expect(closed).toEqual({ afterMs: 7_000, began: expect.stringMatching(/^\d{13}$/), tries: 1 });
    expect(await gateNow()).toMatchObject({ reason: 'throttled', detail: '429' });
    expect(await isOpen(gate)).toBe(false);
  });

  it('lasts twice as long each time in a row, up to the longest back-off', async () => {
    const waits: number[] = [];
    for (let round = 1; round <= 8; round += 1) {
      const { afterMs, tries } = await gate.close('misconfigured', undefined, '404');
      expect(tries).toBe(round);
      waits.push(afterMs / LONG_BACK_OFF.baseMs);
      await end();
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('backs off from an outage by chance, so that workers do not come back together', async () => {
    const waits = new Set<number>();
    for (let round = 0; round < 5; round += 1) {
      const { afterMs } = await gate.close('unavailable', undefined, '503');
      expect(afterMs).toBeLessThanOrEqual(LONG_BACK_OFF.baseMs);
      waits.add(afterMs);
      await gate.open(await untilNow());
    }
    expect(waits.size).toBeGreaterThan(1);
  });

  it('closes it to its own batches, and to others once they hear of it', async () => {
    await gate.close('credentials_refused', undefined, 'invalid_grant');
    expect(await isOpen(gate)).toBe(false);
    expect(await isOpen(other)).toBe(true);
  });
});

describe('counting refused batches', () => {
  it('holds the account from the limit on, over all workers', async () => {
    expect(await gate.countRefused('forbidden', 3, '403')).toEqual({ refused: 1, afterMs: 0 });
    expect(await other.countRefused('forbidden', 3, '403')).toEqual({ refused: 2, afterMs: 0 });
    expect([await isOpen(gate), await isOpen(other)]).toEqual([true, true]);
    expect(await gateNow()).toBeUndefined();
    expect(await gate.countRefused('rejected', 3, '400')).toEqual({ refused: 3, afterMs: LONG_BACK_OFF.baseMs });
    expect(await gateNow()).toMatchObject({ reason: 'rejected', detail: '400' });
    expect([await isOpen(gate), await isOpen(other)]).toEqual([false, true]);
  });
});

describe('opening the gate', () => {
  it('opens what the claim saw, and forgets the refused batches', async () => {
    await gate.countRefused('forbidden', 3, '403');
    await gate.close('unavailable', 60_000, '503');
    await gate.open(await untilNow());
    expect(await gateRecord(world)).toBeUndefined();
    expect(await isOpen(gate)).toBe(true);
  });

  it('keeps their number after an answer that delivered nothing', async () => {
    await gate.countRefused('forbidden', 3, '403');
    await gate.close('unavailable', 60_000, '503');
    await gate.open(await untilNow(), true);
    expect(await gateNow()).toBeUndefined();
    expect(await gate.countRefused('forbidden', 3, '403')).toMatchObject({ refused: 2 });
  });

  it('stays closed where it was closed anew', async () => {
    await gate.close('throttled', 60_000, '429');
    const seen = await untilNow();
    await other.close('throttled', 120_000, '429');
    await gate.open(seen);
    expect(await gateNow()).toBeDefined();
    expect(await isOpen(gate)).toBe(false);
  });
});

describe('giving up a probe', () => {
  it('lets another batch probe at once', async () => {
    await gate.close('unavailable', 60_000, '503');
    const turn = gate.takeTurn();
    turn.probe = await untilNow();
    await gate.release(turn);
    expect(turn.probe).toBe('');
    expect(await gateRecord(world)).toMatchObject({ until: '1', reason: 'unavailable' });
    expect(await isOpen(gate)).toBe(true);
  });

  it('does nothing if the batch does not probe', async () => {
    await gate.close('unavailable', 60_000, '503');
    const before = await untilNow();
    await gate.release(gate.takeTurn());
    expect(await untilNow()).toBe(before);
    expect(await isOpen(gate)).toBe(false);
  });
});
