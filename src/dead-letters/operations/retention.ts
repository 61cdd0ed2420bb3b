/**
 * Retention: deletes dead letters that are older than DEAD_LETTER_RETENTION_DAYS, and records it in the history.
 *
 * A letter's age is measured by Redis's clock, for an imported letter from its import. Every worker checks once an hour; letters
 * are taken atomically, so several workers at once do no harm.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../telemetry/log.js';
import { beginOperation } from './begin-operation.js';
import { openDiscard } from './discard.js';
import { type LetterAccess } from './execute-operation.js';
import type { OperationRecord } from './operation.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CUT_OFF_MS = 1_000;

/** @returns the record of what was deleted; undefined if nothing was old enough */
export async function discardExpired(
  access: LetterAccess,
  retentionDays: number,
  signal?: AbortSignal,
): Promise<OperationRecord | undefined> {
  const filter = { untilMs: (await access.store.nowMs()) - retentionDays * DAY_MS };
  if ((await access.store.count(filter)) === 0) return undefined;
  const order = { filter, corrections: [], because: `older than ${retentionDays} days` };
  const { ended } = await beginOperation(access, openDiscard(access, 'retention'), order, {
    by: 'DEAD_LETTER_RETENTION_DAYS',
    via: 'worker',
    signal,
  });
  return ended;
}

/** Checks at start and once an hour until stopped. */
export class Retention {
  readonly #access: LetterAccess;
  readonly #retentionDays: number;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(access: LetterAccess & { readonly log: Logger }, retentionDays: number) {
    this.#access = access;
    this.#retentionDays = retentionDays;
    this.#log = access.log;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Waits for a check in progress, but not for an unavailable Redis: a command may then never be answered. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const timer = new AbortController();
    const late = sleep(CUT_OFF_MS, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.#running, late]);
    timer.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { account } = this.#access.store;
    while (!signal.aborted) {
      try {
        await discardExpired(this.#access, this.#retentionDays, signal);
      } catch (err) {
        this.#log.warn('letters.not_expired', { account, err });
      }
      await sleep(HOUR_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
