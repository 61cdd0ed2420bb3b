import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsManagerV1 as wire } from '../../../src/amazon/wires/events-manager-v1.js';
import { type Batch, type BatchEvent, Batcher, type BatchLimits } from '../../../src/worker/batcher.js';
import { batchEvent } from '../../support/batch-events.js';
import { idsFrom } from '../../support/events.js';

const EMPTY_BODY_BYTES = Buffer.byteLength(wire.bodyStart + wire.bodyEnd);
const LIMITS: BatchLimits = {
  maxEvents: 500,
  maxBytes: 1_000_000,
  lingerMs: 1_000,
  emptyBodyBytes: EMPTY_BODY_BYTES,
};

const eventsOf = (ids: readonly string[], name = 'purchase') => ids.map((id) => batchEvent(id, { name }));

/** A batcher, and the time that passes for it. */
class TimedBatcher {
  readonly batches: Batch[] = [];
  readonly #batcher: Batcher;
  #nowMs = 0;

  constructor(limits: Partial<BatchLimits> = {}) {
    this.#batcher = new Batcher({ ...LIMITS, ...limits });
  }

  add(events: readonly BatchEvent[]): void {
    this.batches.push(...this.#batcher.add(events, this.#nowMs));
  }

  drain(): void {
    this.batches.push(...this.#batcher.close('drain', this.#nowMs));
  }

  pass(ms: number): void {
    const { dueMs } = this.#batcher;
    this.#nowMs += ms;
    if (dueMs !== undefined && dueMs <= this.#nowMs) this.batches.push(...this.#batcher.close('linger', dueMs));
  }
}

function openBatcher(limits: Partial<BatchLimits> = {}) {
  const batcher = new TimedBatcher(limits);
  const { batches } = batcher;
  return { batcher, batches, sizes: () => batches.map(({ closedBy, events }) => `${closedBy} ${events.length}`) };
}

const idsOf = (events: readonly BatchEvent[]) => events.map(({ held }) => held.clientDedupeId);

/** The bytes that go over the wire for this batch. */
function bodyBytes({ events }: Batch): number {
  return Buffer.byteLength(`${wire.bodyStart}${events.map(({ encoded }) => encoded).join(',')}${wire.bodyEnd}`);
}

describe('closing a batch', () => {
  it('on count, the moment it is full', () => {
    const { batcher, batches, sizes } = openBatcher({ maxEvents: 3 });
    batcher.add(eventsOf(['a', 'b']));
    expect(batches).toEqual([]);
    batcher.add(eventsOf(['c', 'd', 'e', 'f', 'g']));
    expect(sizes()).toEqual(['count 3', 'count 3']);
    batcher.drain();
    expect(batches.map(({ events }) => idsOf(events))).toEqual([['a', 'b', 'c'], ['d', 'e', 'f'], ['g']]);
  });

  it.each(['purchase', 'Käufe', '購入購入購入', '🛒🛒🛒🛒'])(
    'on bytes, before the body of %s would be too long by one',
    (name) => {
      const ids = idsFrom('id', 5);
      const { batcher: measuring, batches: measured } = openBatcher();
      measuring.add(eventsOf(ids.slice(0, 3), name));
      measuring.drain();
      const [three] = measured.map(bodyBytes);
      if (three === undefined) throw new Error('nothing was measured');

      for (const [maxBytes, expected] of [
        [three, ['bytes 3', 'drain 2']],
        [three - 1, ['bytes 2', 'bytes 2', 'drain 1']],
      ] as const) {
        const { batcher, batches, sizes } = openBatcher({ maxBytes });
        batcher.add(eventsOf(ids, name));
        batcher.drain();
        expect(sizes()).toEqual(expected);
        for (const batch of batches) expect(batch.bytes).toBe(bodyBytes(batch));
      }
    },
  );

  it('lets an event that is too long by itself travel alone', () => {
    const { batcher, sizes } = openBatcher({ maxBytes: 1_000 });
    batcher.add([batchEvent('a'), batchEvent('long', { name: 'x'.repeat(2_000) }), batchEvent('b')]);
    batcher.drain();
    expect(sizes()).toEqual(['bytes 1', 'bytes 1', 'drain 1']);
  });

  it('on linger, counted from its first event', () => {
    const { batcher, batches, sizes } = openBatcher();
    batcher.add(eventsOf(['a']));
    batcher.pass(600);
    batcher.add(eventsOf(['b']));
    batcher.pass(399);
    expect(batches).toEqual([]);
    batcher.pass(1);
    expect(sizes()).toEqual(['linger 2']);
    expect(batches[0]?.lingerMs).toBe(1_000);
  });

  it('gives the next batch a linger of its own', () => {
    const { batcher, sizes } = openBatcher({ maxEvents: 2 });
    batcher.add(eventsOf(['a']));
    batcher.pass(900);
    batcher.add(eventsOf(['b', 'c']));
    batcher.pass(999);
    expect(sizes()).toEqual(['count 2']);
    batcher.pass(1);
    expect(sizes()).toEqual(['count 2', 'linger 1']);
  });

  it('on drain', () => {
    const { batcher, sizes } = openBatcher();
    batcher.add(eventsOf(['a', 'b']));
    batcher.drain();
    expect(sizes()).toEqual(['drain 2']);
  });

  it('never without an event', () => {
    const { batcher, batches } = openBatcher({ maxEvents: 1 });
    batcher.add([]);
    batcher.drain();
    batcher.drain();
    batcher.add([]);
    batcher.pass(10_000);
    expect(batches).toEqual([]);
    batcher.add(eventsOf(['a']));
    batcher.drain();
    batcher.pass(10_000);
    expect(batches).toHaveLength(1);
  });
});

describe('following', () => {
  it('an id that is in the open batch is not sent again and neither counted nor measured', () => {
    const { batcher, batches } = openBatcher({ maxEvents: 3 });
    batcher.add(eventsOf(['a', 'a', 'b', 'a']));
    expect(batches).toEqual([]);
    batcher.drain();
    expect(batches.map(({ events }) => idsOf(events))).toEqual([['a', 'b']]);
    expect(idsOf(batches[0]?.events[0]?.followers ?? [])).toEqual(['a', 'a']);
    expect(batches[0]?.bytes).toBe(batches.map(bodyBytes)[0]);
  });

  it('a repeated id follows also where its own bytes would not fit', () => {
    const { batcher, sizes } = openBatcher({ maxBytes: 1_000 });
    batcher.add([batchEvent('a'), batchEvent('a', { name: 'x'.repeat(2_000) })]);
    batcher.drain();
    expect(sizes()).toEqual(['drain 1']);
  });

  it('an id leads again in the next batch', () => {
    const { batcher, sizes } = openBatcher({ maxEvents: 1 });
    batcher.add(eventsOf(['a', 'a']));
    expect(sizes()).toEqual(['count 1', 'count 1']);
  });
});

describe('batching any events', () => {
  it('hands every event on exactly once, in batches within both limits', () => {
    const names = fc.string({ minLength: 1, maxLength: 400, unit: 'grapheme' });
    const call = fc.array(fc.record({ id: fc.integer({ min: 0, max: 20 }), name: names }), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(fc.record({ call, pauseMs: fc.nat({ max: 800 }) }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 300, max: 3_000 }),
        fc.nat({ max: 8 }),
        (calls, maxEvents, maxBytes, drainAfter) => {
          const { batcher, batches } = openBatcher({ maxEvents, maxBytes });
          const given: BatchEvent[] = [];
          calls.forEach(({ call: records, pauseMs }, number) => {
            const events = records.map(({ id, name }) => batchEvent(`id-${id}`, { name }));
            given.push(...events);
            batcher.add(events);
            batcher.pass(pauseMs);
            if (number === drainAfter) batcher.drain();
          });
          batcher.drain();

          const out = batches.flatMap(({ events }) => events.flatMap((event) => [event, ...event.followers]));
          expect(out).toHaveLength(given.length);
          expect(new Set(out)).toEqual(new Set(given));
          for (const batch of batches) {
            expect(batch.events.length).toBeGreaterThan(0);
            expect(batch.events.length).toBeLessThanOrEqual(maxEvents);
            expect(batch.bytes).toBe(bodyBytes(batch));
            if (batch.events.length > 1) expect(batch.bytes).toBeLessThanOrEqual(maxBytes);
            expect(batch.lingerMs).toBeLessThanOrEqual(LIMITS.lingerMs);
            expect(new Set(idsOf(batch.events)).size).toBe(batch.events.length);
          }
        },
      ),
    );
  });
});
