// Real: Redis, the gate, the plan of a batch. Simulated: the verdicts, as they come from Amazon's answers.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ItemVerdict, Verdict } from '../../src/amazon/answer.js';
import { batchEvent } from '../support/batch-events.js';
import { idsFrom } from '../support/events.js';
import { linesOf } from '../support/flights.js';
import { Interpreting } from '../support/interpreting.js';
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

const DELIVERED: ItemVerdict = { kind: 'delivered', requestId: 'r-1' };
const RETRY: ItemVerdict = { kind: 'retry', reason: 'item_error', detail: { code: 'CONFLICT' } };
const itemsOf = (...items: ItemVerdict[]): Verdict => ({ kind: 'items', items });

function unavailable(overrides: Partial<Extract<Verdict, { kind: 'unavailable' }>> = {}): Verdict {
  const detail = { status: 503 };
  return {
    kind: 'unavailable',
    reason: 'server_error',
    isMaybeDelivered: false,
    afterMs: undefined,
    detail,
    ...overrides,
  };
}

describe('interpreting an answer item by item', () => {
  it('ends each event as its item says, and leaves an open gate alone', async () => {
    const sent = await interpreting.send(['a', 'b', 'c']);
    const dead: ItemVerdict = { kind: 'dead', reason: 'rejected', detail: { code: 'INVALID_INPUT' } };
    await sent.answer(itemsOf(DELIVERED, dead, RETRY));
    expect(sent.ended).toEqual({ a: DELIVERED, b: dead, c: { ...RETRY, isMaybeDelivered: false } });
    expect(sent.flight.plan.isDone).toBe(true);
    expect(await interpreting.gateNow()).toBeUndefined();
  });

  it.each(['unavailable', 'credentials_refused', 'throttled'] as const)(
    'opens a gate that was closed: %s',
    async (reason) => {
      await interpreting.close(reason);
      await (await interpreting.send(['a'])).answer(itemsOf(DELIVERED));
      expect(await interpreting.gateNow()).toBeUndefined();
    },
  );

  it('opens no gate that was closed anew since the claim', async () => {
    const sent = await interpreting.send(['a']);
    await interpreting.close('throttled');
    await sent.answer(itemsOf(DELIVERED));
    expect(await interpreting.gateNow()).toMatchObject({ reason: 'throttled' });
  });

  it('forgets the refused batches before it', async () => {
    await interpreting.refuse(2);
    await (await interpreting.send(['a'])).answer(itemsOf(DELIVERED));
    expect(await interpreting.countNow()).toBeNull();
  });
});

describe('interpreting an answer that asks to wait', () => {
  it('closes the gate after a 429 for as long as it says, and says so in the log', async () => {
    const sent = await interpreting.send(['a', 'b']);
    await sent.answer({ kind: 'throttled', afterMs: 7_000, detail: { status: 429 } });
    expect(await interpreting.gateNow()).toMatchObject({ reason: 'throttled', detail: '429' });
    expect(linesOf(world, 'account.throttled')).toEqual([{ level: 40, account: world.account, afterMs: 7_000 }]);
    expect(sent.waiting).toEqual(['a', 'b']);
    expect(sent.flight.turn.failed).toBe(1);
  });

  it.each([
    ['unauthorized', 401],
    ['misconfigured', 404],
  ] as const)('holds the account that is %s, and spends no attempt', async (kind, status) => {
    const sent = await interpreting.send(['a']);
    await sent.answer({ kind, detail: { status } });
    expect(await interpreting.gateNow()).toMatchObject({ reason: kind, detail: String(status) });
    const line = { level: 50, account: world.account, reason: kind, status: String(status), afterMs: MINUTE_MS };
    expect(linesOf(world, 'account.held')).toEqual([line]);
    expect(sent.waiting).toEqual(['a']);
    expect(sent.ended).toEqual({});
  });

  it('holds an account whose credentials are refused', async () => {
    const { flight } = await interpreting.send(['a']);
    flight.turn.probe = '1';
    await interpreting.interpreter.holdForCredentials(flight, 'invalid_grant');
    expect(flight.turn).toMatchObject({ probe: '', failed: 1 });
    expect(await interpreting.gateNow()).toMatchObject({ reason: 'credentials_refused', detail: 'invalid_grant' });
    expect(linesOf(world, 'account.held')).toMatchObject([
      { reason: 'credentials_refused', code: 'invalid_grant', afterMs: MINUTE_MS },
    ]);
  });
});

describe('interpreting an Amazon that is away', () => {
  it('closes the gate, keeps the events, and sends others of them first', async () => {
    const sent = await interpreting.send(idsFrom('id', 4));
    await sent.answer(unavailable({ afterMs: 90_000, detail: { status: 503, code: 'BUSY' } }));
    expect(await interpreting.gateNow()).toMatchObject({ reason: 'unavailable', detail: '503' });
    expect(linesOf(world, 'account.unavailable')).toEqual([
      { level: 40, account: world.account, reason: 'server_error', status: 503, code: 'BUSY', afterMs: 90_000 },
    ]);
    expect(sent.waiting).toHaveLength(4);
    expect(sent.flight.turn.failed).toBe(1);
    expect(idsOf((await sent.next()).group)).toEqual(['id-0', 'id-1']);
  });

  it('says why where there was no answer, and no code where there was none', async () => {
    const sent = await interpreting.send(['a']);
    await sent.answer(unavailable({ reason: 'timeout', afterMs: 90_000, detail: {} }));
    expect(await interpreting.gateNow()).toMatchObject({ detail: 'timeout' });
    expect(linesOf(world, 'account.unavailable')).toEqual([
      { level: 40, account: world.account, reason: 'timeout', status: 'timeout', afterMs: 90_000 },
    ]);
  });

  it.each([
    [true, { kind: 'wait', reason: 'stopping', afterMs: 0, isMaybeDelivered: true }],
    [false, { kind: 'wait', reason: 'stopping', afterMs: 0 }],
  ])('remembers whether the events may have been delivered: %s', async (isMaybeDelivered, outcome) => {
    const sent = await interpreting.send(['a']);
    await sent.answer(unavailable({ isMaybeDelivered }));
    sent.flight.plan.giveBack();
    expect(sent.ended).toEqual({ a: outcome });
  });

  it('spends an attempt of a suspect, and closes no gate for it', async () => {
    const sent = await interpreting.send(['bad'], { isSuspect: true });
    await sent.answer(unavailable());
    expect(sent.ended).toMatchObject({ bad: { kind: 'retry', reason: 'server_error', attempts: 1, isSuspect: true } });
    expect(await interpreting.gateNow()).toBeUndefined();
  });

  it.each(['unavailable', 'credentials_refused'] as const)(
    'spends none where the suspect probed a gate that was closed: %s',
    async (reason) => {
      await interpreting.close(reason);
      const sent = await interpreting.send(['bad'], { isSuspect: true });
      await sent.answer(unavailable());
      expect(sent.ended).toEqual({});
      expect(sent.waiting).toEqual(['bad']);
    },
  );

  const allRetry = unavailable({ reason: 'item_error', items: [RETRY, RETRY] });

  it('ends events item by item that have each failed before: they are at fault, not Amazon', async () => {
    const sent = await interpreting.send(['a', 'b'], { attempts: 2 });
    await sent.answer(allRetry);
    expect(sent.ended).toMatchObject({ a: { kind: 'dead', reason: 'attempts_exhausted' }, b: { kind: 'dead' } });
    expect(await interpreting.gateNow()).toBeUndefined();
  });

  it('takes items of which one never failed for an outage', async () => {
    const sent = await interpreting.send(['a', 'b'], { attempts: 1 });
    const [first] = sent.group.events;
    if (first) sent.group.events = [first, batchEvent('fresh')];
    await sent.answer(allRetry);
    expect(sent.ended).toEqual({});
    expect(await interpreting.gateNow()).toMatchObject({ reason: 'unavailable' });
  });

  it('takes items that failed before for an outage while the gate is probed', async () => {
    await interpreting.close('unavailable');
    const sent = await interpreting.send(['a', 'b'], { attempts: 1 });
    await sent.answer(allRetry);
    expect(sent.ended).toEqual({});
  });

  it('takes a request that failed as a whole for an outage, however often its events have failed', async () => {
    const sent = await interpreting.send(['a', 'b'], { attempts: 1 });
    await sent.answer(unavailable());
    expect(sent.ended).toEqual({});
    expect(await interpreting.gateNow()).toMatchObject({ reason: 'unavailable' });
  });
});
