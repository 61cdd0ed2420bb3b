/** TEMPORARY: stands in for the operations of dead-letters until they are there. */
import { createHash, randomBytes } from 'node:crypto';
import { discardLetters } from '../dead-letters/discard.js';
import { type Edit, editEvent } from '../dead-letters/edit.js';
import { matchesFilter, type LetterFilter as OldFilter } from '../dead-letters/filter.js';
import type { DeadLetter as OldLetter } from '../dead-letters/letter.js';
import { replayLetters } from '../dead-letters/replay.js';
import { LetterStore } from '../dead-letters/store.js';
import type { MappingContext } from '../mapping/context.js';
import type { ConversionEvent } from '../mapping/event.js';
import type { RedisConnection } from '../redis.js';

export type DeadLetter = OldLetter & {
  readonly original?: ConversionEvent;
  readonly history?: readonly Pick<OldLetter, 'reason' | 'diedAt' | 'attempts' | 'answer'>[];
};
export type LetterFilter = OldFilter & { readonly causes?: readonly string[] | undefined };
export interface Cause {
  readonly id: string;
  readonly reason: OldLetter['reason'];
  readonly code: string;
  readonly pattern: string;
  readonly count: number;
  readonly oldestMs: number;
  readonly newestMs: number;
  readonly sample: string;
  readonly maybeDelivered: number;
}
export interface Plan {
  readonly count: number;
  readonly lookedAt: number;
  readonly oldestMs: number | undefined;
  readonly samples: readonly DeadLetter[];
  readonly pastAgeLimit: number;
  readonly deliveredSince: number;
  readonly maybeDelivered: number;
  readonly unreadable: number;
  readonly refused: number;
}
export interface Operation {
  readonly id: string;
  readonly kind: 'replay' | 'discard' | 'edit' | 'erase' | 'import' | 'retention';
  state: 'running' | 'done' | 'cancelled' | 'interrupted' | 'failed';
  readonly by: string;
  readonly startedAt: number;
  updatedAt: number;
  readonly filter: LetterFilter;
  readonly edits?: readonly Edit[];
  readonly ratePerSecond?: number | undefined;
  readonly max?: number | undefined;
  readonly total: number;
  done: number;
  skipped: number;
  readonly because?: string | undefined;
}
export interface AuditEntry {
  readonly id: string;
  readonly at: number;
  readonly by: string;
  readonly kind: Operation['kind'];
  readonly filter: LetterFilter;
  readonly counts: Readonly<Record<string, number>>;
  readonly because?: string | undefined;
}

const operations = new Map<string, Operation[]>();
const audits = new Map<string, AuditEntry[]>();
const stops = new Map<string, AbortController>();

function causeIdOf({ reason, answer }: OldLetter): string {
  return createHash('sha256')
    .update(JSON.stringify([reason, answer.code, answer.message?.replace(/\d+/g, 'N')]))
    .digest('hex')
    .slice(0, 12);
}

export class Letters {
  readonly account: string;
  readonly #store: LetterStore;
  readonly #connection: RedisConnection;
  constructor(account: string, connection: RedisConnection) {
    this.account = account;
    this.#store = new LetterStore(account, connection);
    this.#connection = connection;
  }

  async all(filter: LetterFilter): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for await (const letter of this.#store.find(filter)) {
      if (filter.causes && !filter.causes.includes(causeIdOf(letter))) continue;
      if (matchesFilter(letter, filter)) letters.push(letter);
    }
    return letters.sort((a, b) => b.diedAt - a.diedAt || (a.id < b.id ? 1 : -1));
  }
  async page(filter: LetterFilter, { limit, cursor }: { limit: number; cursor?: string | undefined }) {
    const all = await this.all(filter);
    const from = Number(cursor ?? 0);
    return {
      letters: all.slice(from, from + limit),
      next: from + limit < all.length ? String(from + limit) : undefined,
    };
  }
  async count(filter: LetterFilter): Promise<number> {
    return (await this.all(filter)).length;
  }
  get(id: string): Promise<DeadLetter | undefined> {
    return this.#store.get(id);
  }
  async stats(filter: LetterFilter): Promise<Cause[]> {
    const causes = new Map<string, Cause>();
    for (const letter of await this.all(filter)) {
      const id = causeIdOf(letter);
      const known = causes.get(id);
      causes.set(id, {
        id,
        reason: letter.reason,
        code: letter.answer.code ?? String(letter.answer.status ?? '-'),
        pattern: letter.answer.message?.replace(/\d+/g, 'N') ?? '',
        count: (known?.count ?? 0) + 1,
        oldestMs: Math.min(known?.oldestMs ?? letter.diedAt, letter.diedAt),
        newestMs: Math.max(known?.newestMs ?? letter.diedAt, letter.diedAt),
        sample: letter.id,
        maybeDelivered: (known?.maybeDelivered ?? 0) + Number(letter.isMaybeDelivered),
      });
    }
    return [...causes.values()].sort((a, b) => b.count - a.count);
  }
  async plan(filter: LetterFilter, { edits, context }: { edits: readonly Edit[]; context: MappingContext }) {
    const all = await this.all(filter);
    const plan: Plan = {
      count: all.length,
      lookedAt: all.length,
      oldestMs: all.at(-1)?.diedAt,
      samples: all.slice(-3),
      pastAgeLimit: all.filter(
        ({ event }) => event && context.nowMs - Date.parse(event.timestamp) > context.maxEventAgeHours * 3_600_000,
      ).length,
      deliveredSince: 0,
      maybeDelivered: all.filter(({ isMaybeDelivered }) => isMaybeDelivered).length,
      unreadable: all.filter(({ event }) => !event).length,
      refused: all.filter(({ event }) => event && !editEvent(event, edits, context).ok).length,
    };
    return plan;
  }
  async start(
    kind: 'replay' | 'discard',
    filter: LetterFilter,
    options: {
      by: string;
      edits?: readonly Edit[];
      context: MappingContext;
      ratePerSecond?: number | undefined;
      because?: string | undefined;
    },
  ): Promise<Operation> {
    const { by, edits = [], ratePerSecond, because } = options;
    const ids = (await this.all(filter)).map(({ id }) => id);
    const operation: Operation = {
      id: randomBytes(4).toString('hex'),
      kind,
      state: 'running',
      by,
      startedAt: Date.now(),
      updatedAt: Date.now(),
      filter,
      edits,
      ratePerSecond,
      total: ids.length,
      done: 0,
      skipped: 0,
      because,
    };
    operations.set(this.account, [operation, ...(operations.get(this.account) ?? [])]);
    this.#run(operation, options);
    return operation;
  }
  #run(operation: Operation, options: { edits?: readonly Edit[]; context: MappingContext }): void {
    const stop = new AbortController();
    stops.set(operation.id, stop);
    operation.state = 'running';
    const before = operation.done;
    const finish = (state: Operation['state']) => {
      operation.state = state;
      operation.updatedAt = Date.now();
      const entry: AuditEntry = {
        id: `${Date.now()}-0`,
        at: Date.now(),
        by: operation.by,
        kind: operation.kind,
        filter: operation.filter,
        counts: { done: operation.done, skipped: operation.skipped },
        because: operation.because,
      };
      audits.set(this.account, [entry, ...(audits.get(this.account) ?? [])]);
    };
    const work = async () => {
      const frozen = { ...operation.filter, ids: (await this.all(operation.filter)).map(({ id }) => id) };
      if (operation.kind === 'discard') {
        operation.done = await discardLetters(this.#store, this.#connection, frozen);
        return;
      }
      await replayLetters(this.#store, this.#connection, frozen, {
        edits: options.edits ?? [],
        context: options.context,
        ratePerSecond: operation.ratePerSecond,
        signal: stop.signal,
        onProgress: ({ replayed, skipped }) => {
          operation.done = before + replayed;
          operation.skipped = skipped.length;
          operation.updatedAt = Date.now();
        },
      });
    };
    work().then(
      () => finish(stop.signal.aborted ? 'cancelled' : 'done'),
      () => finish('failed'),
    );
  }
  cancel(id: string): void {
    stops.get(id)?.abort();
  }
  resume(id: string, context: MappingContext): void {
    const operation = operations.get(this.account)?.find((known) => known.id === id);
    if (operation) this.#run(operation, { edits: operation.edits ?? [], context });
  }
  async operations(): Promise<Operation[]> {
    return operations.get(this.account) ?? [];
  }
  async edit(_id: string, _event: ConversionEvent, _by: string): Promise<void> {
    throw new Error('not yet');
  }
  async history(): Promise<AuditEntry[]> {
    return audits.get(this.account) ?? [];
  }
}
