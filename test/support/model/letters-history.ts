/**
 * One random history of an account's dead letters: replays, edits, discards, retention and erasures in parallel, while
 * a worker delivers some of the replayed events and Amazon refuses the rest, which fail again.
 *
 * Checked at its end: each event is in one place, or was discarded and counted; no edit is lost; nothing of a person is
 * left or was sent after their erasure.
 */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { editLetter } from '../../../src/dead-letters/edit-letter.js';
import type { LetterFilter } from '../../../src/dead-letters/filter.js';
import type { DeadLetter } from '../../../src/dead-letters/letter.js';
import { eraseEvents } from '../../../src/dead-letters/operations/erase.js';
import { type LetterAccess, OperationRunningError } from '../../../src/dead-letters/operations/execute-operation.js';
import { beginDiscard, beginReplay } from '../../../src/dead-letters/operations/operations.js';
import { discardExpired } from '../../../src/dead-letters/operations/retention.js';
import { LetterStore } from '../../../src/dead-letters/store.js';
import type { ConversionEvent } from '../../../src/mapping/event.js';
import { readQueuedJobs } from '../../../src/queue/queued-jobs.js';
import { Random } from '../../chaos/random.js';
import { contextAt, eventOf } from '../events.js';
import { layLetters, letterWith } from '../letters.js';
import { until, World } from '../world.js';

const EVENTS = 45;
const PERSONS = 6;
const STEPS = 8;
const DAY_MS = 86_400_000;
const RETENTION_DAYS = 30;

type Sent = ReadonlyMap<string, ConversionEvent>;

export class LettersHistory {
  readonly #world: World;
  readonly #random: Random;
  /** What Amazon accepted, as it arrived. */
  readonly #sent = new Map<string, ConversionEvent>();
  /** The last saved value, by event. */
  readonly #saved = new Map<string, number>();
  /** By erased person: what Amazon had of them by then. */
  readonly #erased = new Map<number, ReadonlySet<string>>();
  #edits = 0;

  private constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  /** @throws if its end is wrong */
  static async play(seed: number): Promise<void> {
    const world = await World.open({ BATCH_MAX_EVENTS: '5', BATCH_LINGER_MS: '5' });
    try {
      const history = new LettersHistory(world, new Random(seed));
      await history.#begin();
      await history.#play();
      await history.#judge();
    } finally {
      await world.close();
    }
  }

  async #begin(): Promise<void> {
    const { received, faults } = this.#world.sandbox;
    const accept = received.accept.bind(received);
    Object.assign(received, {
      accept: (accepted: Parameters<typeof accept>[0], nowMs: number) => {
        const { clientDedupeId } = JSON.parse(accepted.content) as ConversionEvent;
        this.#sent.set(clientDedupeId, JSON.parse(accepted.content) as ConversionEvent);
        accept(accepted, nowMs);
      },
    });
    faults.add({ kind: 'item_error', idHolds: 'e-', code: 'INVALID_INPUT', rate: 0.5 });
    const events = Array.from({ length: EVENTS }, (_, n) => this.#eventOf(n));
    const now = Date.now();
    // Two thirds are letters, a third of them too old to be kept. The rest is queued.
    const letters = events
      .slice(0, 30)
      .map((event, n) => letterWith({ id: `l${n}`, event, diedAt: n % 3 === 0 ? now - 40 * DAY_MS + n : now - n }));
    await layLetters(this.#world.account, this.#world.connection, letters);
    await this.#world.enqueue(events.slice(30));
    await this.#world.startWorker();
  }

  async #play(): Promise<void> {
    await Promise.all([
      this.#repeat(() => this.#replay()),
      this.#repeat(() => this.#replay()),
      this.#repeat(() => this.#edit(0), 2 * STEPS),
      this.#repeat(() => this.#edit(1), 2 * STEPS),
      this.#repeat(() => this.#discard()),
      this.#repeat(() => this.#expire(), 3),
      this.#erase(),
      this.#erase(),
    ]);
    this.#world.sandbox.faults.clear();
    await this.#world.untilSettled();
  }

  async #repeat(step: () => Promise<unknown>, times = STEPS): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      await step().catch((error: unknown) => {
        // Two identical operations at once: the second is refused, which is right.
        if (!(error instanceof OperationRunningError)) throw error;
      });
    }
  }

  async #replay(): Promise<void> {
    const order = { filter: this.#filter(), corrections: [] };
    const options = { by: 'model', via: 'command', context: contextAt(Date.now()) } as const;
    await (await beginReplay(this.#access(), order, options)).ended;
  }

  async #discard(): Promise<void> {
    const filter = { ids: [`l${this.#below(30)}`], untilMs: Date.now() + this.#below(1000) };
    const { ended } = await beginDiscard(this.#access(), { filter, corrections: [] }, { by: 'model', via: 'console' });
    await ended;
  }

  async #expire(): Promise<void> {
    await discardExpired(this.#access(), RETENTION_DAYS);
  }

  /** Each event has one editor at a time, otherwise the last edit would be unknown. */
  async #edit(parity: number): Promise<void> {
    const access = this.#access();
    const letters: DeadLetter[] = [];
    for await (const letter of access.store.find({})) {
      if (numberOf(letter) % 2 === parity) letters.push(letter);
    }
    const letter = letters[this.#below(Math.max(1, letters.length))];
    if (!letter?.event) return;
    this.#edits += 1;
    const value = 1000 + this.#edits;
    const { currencyCode: _, ...rest } = letter.event;
    const isLead = this.#below(2) === 0;
    const draft = isLead
      ? { ...rest, eventType: 'LEAD', value }
      : { ...rest, eventType: 'OFF_AMAZON_PURCHASES', currencyCode: 'USD', value };
    const options = { by: 'model', via: 'console', context: contextAt(Date.now()) } as const;
    const result = await editLetter(access, letter.id, draft, options);
    if (result.kind === 'saved') this.#saved.set(letter.event.clientDedupeId, value);
    expect(result.kind).not.toBe('refused');
  }

  async #erase(): Promise<void> {
    const person = this.#below(PERSONS);
    if (this.#erased.has(person)) return;
    const options = { hashes: [hashOf(person)], isDryRun: false, by: 'model', via: 'command' } as const;
    await until(async () => expect((await eraseEvents(this.#access(), options)).busy).toBe(0));
    this.#erased.set(person, new Set([...this.#sent.keys()].filter((id) => personOf(id) === person)));
  }

  async #judge(): Promise<void> {
    const { store } = this.#access();
    const lying = new Map<string, ConversionEvent>();
    let text = '';
    for await (const letter of store.find({})) {
      text += JSON.stringify(letter);
      if (!letter.event) throw new Error('a letter cannot be read');
      expect(lying.has(letter.event.clientDedupeId)).toBe(false);
      lying.set(letter.event.clientDedupeId, letter.event);
    }
    let everyLetter = 0;
    for await (const _ of store.everyLetter()) everyLetter += 1;
    expect(everyLetter).toBe(lying.size);
    for await (const jobs of readQueuedJobs(this.#world.account, this.#world.connection)) expect(jobs).toEqual([]);
    const both = [...lying.keys()].filter((id) => this.#sent.has(id));
    expect({ inTwoPlaces: both }).toEqual({ inTwoPlaces: [] });
    const { ledger } = await this.#world.state();
    expect(ledger.duplicate).toBe(0);
    expect(lying.size + this.#sent.size + ledger.discarded + ledger.erased).toBe(EVENTS);
    this.#judgeEdits(new Map([...lying, ...this.#sent]));
    this.#judgeErasures(text);
  }

  #judgeEdits(events: Sent): void {
    const lost = [...this.#saved].filter(([id, value]) => events.has(id) && events.get(id)?.value !== value);
    expect({ lostEdits: lost }).toEqual({ lostEdits: [] });
  }

  #judgeErasures(text: string): void {
    for (const [person, sentBefore] of this.#erased) {
      expect(text).not.toContain(hashOf(person));
      const sentAfter = [...this.#sent.keys()].filter((id) => personOf(id) === person && !sentBefore.has(id));
      expect({ person, sentAfter }).toEqual({ person, sentAfter: [] });
    }
  }

  /** A new store for each step, as each command has one. */
  #access(): LetterAccess {
    return { store: new LetterStore(this.#world.account, this.#world.connection), connection: this.#world.connection };
  }

  #filter(): LetterFilter {
    switch (this.#below(4)) {
      case 0:
        return {};
      case 1:
        return { eventTypes: [this.#below(2) === 0 ? 'LEAD' : 'OFF_AMAZON_PURCHASES'] };
      case 2:
        return { text: `e-${this.#below(10)}` };
      default:
        return { ids: [`l${this.#below(30)}`, `l${this.#below(30)}`] };
    }
  }

  #eventOf(n: number): ConversionEvent {
    return eventOf(`e-${n}`, { matchKeys: [{ type: 'EMAIL', values: [hashOf(n % PERSONS)] }] });
  }

  #below(bound: number): number {
    return Math.floor(this.#random.next() * bound);
  }
}

function hashOf(person: number): string {
  return createHash('sha256').update(`person-${person}@example.com`).digest('hex');
}

function personOf(id: string): number {
  return Number(id.slice(2)) % PERSONS;
}

function numberOf({ event }: DeadLetter): number {
  return Number(event?.clientDedupeId.slice(2));
}
