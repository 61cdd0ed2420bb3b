// Real: Redis, the gate, the plan of a batch. Simulated: the verdicts, as they come from Amazon's answers.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/amazon/answer.js';
import { idsFrom } from '../support/events.js';
import { gateRecord, linesOf } from '../support/flights.js';
import { BEFORE_HOLD, Interpreting } from '../support/interpreting.js';
import { idsOf } from '../support/request-story.js';
import { World } from '../support/world.js';

const MINUTE_MS = 60_000;

let world: World;
let interpreting: Interpreting;
beforeEach(async () => {
  world = await World.open();
  interpreting = new Interpreting(world);
});
afterEach(() => world.close());

const FORBIDDEN: Verdict = { kind: 'forbidden', detail: { status: 403, code: 'FORBIDDEN' } };
const REJECTED: Verdict = { kind: 'split', reason: 'rejected', detail: { status: 400 } };
const TOO_LARGE: Verdict = { kind: 'split', reason: 'too_large', detail: { status: 413 } };

describe('interpreting a request that is forbidden', () => {
  const dead = { kind: 'dead', reason: 'forbidden', detail: { status: 403, code: 'FORBIDDEN' } };

  it('gives up its events, and counts the batch', async () => {
    const sent = await interpreting.send(['a', 'b']);
    await sent.answer(FORBIDDEN);
    expect(sent.ended).toEqual({ a: dead, b: dead });
    expect(await interpreting.countNow()).toBe('1');
    expect(sent.flight.turn.failed).toBe(0);
    expect(linesOf(world, 'account.held')).toEqual([]);
  });

  it('holds the account at the limit, with that batch among the dead', async () => {
    await interpreting.refuse(BEFORE_HOLD - 1);
    const sent = await interpreting.send(['a']);
    await sent.answer(FORBIDDEN);
    expect(sent.ended).toEqual({ a: dead });
    expect(await interpreting.gateNow()).toMatchObject({ reason: 'forbidden', detail: '403' });
    const line = { level: 50, account: world.account, reason: 'forbidden', status: '403', afterMs: MINUTE_MS };
    expect(linesOf(world, 'account.held')).toEqual([line]);
    expect(sent.flight.turn.failed).toBe(1);
  });

  it('keeps the events of a batch that finds the account held', async () => {
    await interpreting.refuse(BEFORE_HOLD);
    const sent = await interpreting.send(['a', 'b']);
    await sent.answer(FORBIDDEN);
    expect(sent.ended).toEqual({});
    expect(sent.waiting).toEqual(['a', 'b']);
  });

  it('ends an outage, and the count of refused batches goes on', async () => {
    await interpreting.refuse(1);
    await interpreting.close('unavailable');
    const sent = await interpreting.send(['a']);
    await sent.answer(FORBIDDEN);
    expect(await interpreting.gateNow()).toBeUndefined();
    expect(await interpreting.countNow()).toBe('2');
  });
});

describe('interpreting content that is refused', () => {
  it('goes on with halves, without a count', async () => {
    const sent = await interpreting.send(idsFrom('id', 4));
    await sent.answer(REJECTED);
    expect(idsOf((await sent.next()).group)).toEqual(['id-0', 'id-1']);
    expect(await interpreting.countNow()).toBeNull();
  });

  it('gives up a batch of which each event was refused alone, and counts it', async () => {
    const sent = await interpreting.send(['a', 'b']);
    await sent.answer(REJECTED);
    await (await sent.next()).answer(REJECTED);
    expect(sent.ended).toEqual({});
    await (await sent.next()).answer(REJECTED);
    const dead = { kind: 'dead', reason: 'rejected', detail: { status: 400 } };
    expect(sent.ended).toEqual({ a: dead, b: dead });
    expect(await interpreting.countNow()).toBe('1');
  });

  it('keeps the events of a batch that is refused once too often', async () => {
    await interpreting.refuse(BEFORE_HOLD - 1, 'rejected');
    const sent = await interpreting.send(['a']);
    await interpreting.refuse(1, 'rejected');
    await sent.answer(REJECTED);
    expect(sent.ended).toEqual({});
    expect(sent.waiting).toEqual(['a']);
    expect(linesOf(world, 'account.held')).toMatchObject([{ reason: 'rejected', status: '400' }]);
  });

  it('keeps the event that probed a hold, and ends it where the hold was for another reason', async () => {
    await interpreting.refuse(BEFORE_HOLD, 'rejected');
    const sent = await (await interpreting.send(['a', 'b'])).next();
    expect(idsOf(sent.group)).toEqual(['a']);
    await sent.answer(REJECTED);
    expect(sent.ended).toEqual({});
    expect(sent.waiting).toEqual(['b', 'a']);
    // The gate was opened: the next count starts at 1.
    await interpreting.gate.open((await gateRecord(world))?.until ?? '');
    sent.group = sent.flight.plan.next({ until: '1', reason: 'rejected', began: '1', tries: 1 });
    await sent.answer(REJECTED);
    expect(sent.ended).toMatchObject({ b: { kind: 'dead', reason: 'rejected', detail: { status: 400 } } });
    expect(sent.waiting).toEqual(['a']);
  });

  it('ends an outage', async () => {
    await interpreting.close('unavailable');
    await (await interpreting.send(['a', 'b'])).answer(REJECTED);
    expect(await interpreting.gateNow()).toBeUndefined();
  });

  it.each(['unavailable', 'misconfigured'] as const)(
    'halves what is too large, and opens the gate: %s',
    async (reason) => {
      await interpreting.close(reason);
      const sent = await interpreting.send(['a', 'b']);
      await sent.answer(TOO_LARGE);
      expect(await interpreting.gateNow()).toBeUndefined();
      expect(idsOf((await sent.next()).group)).toEqual(['a']);
      await sent.answer(TOO_LARGE);
      expect(sent.ended).toMatchObject({ a: { kind: 'dead', reason: 'too_large' } });
    },
  );
});
