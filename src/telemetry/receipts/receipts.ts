/**
 * Receipts: a JSON line for each outcome of an event, for a warehouse to load (RECEIPTS_FILE, docs/receipts.md).
 *
 * Promise: a line is written only of what has happened, without personal data, and nobody waits for it: what the file does
 * not take in time is lost and counted (line-file.ts).
 */
import type { EventType } from '../../mapping/event.js';
import type { DeadReason } from '../../mapping/outcome.js';
import type { RefusalReason } from '../../mapping/refusal.js';
import { visibleJson } from '../visible-text.js';
import type { LineFile } from './line-file.js';

export interface Receipt {
  readonly account: string;
  /** The dedupe id; absent where the event has none that can be told. */
  readonly id?: string | undefined;
  readonly eventType?: EventType | undefined;
  readonly source: string;
  readonly outcome: 'delivered' | 'duplicate' | 'dead_letter' | 'refused';
  readonly reason?: DeadReason | RefusalReason | undefined;
  /** Amazon's id of the request. */
  readonly requestId?: string | undefined;
}

export class Receipts {
  readonly #file: LineFile;
  readonly #clock: { nowMs(): number };

  /** @param clock what the lines are dated by */
  constructor(file: LineFile, clock: { nowMs(): number }) {
    this.#file = file;
    this.#clock = clock;
  }

  note(receipts: readonly Receipt[]): void {
    if (receipts.length === 0) return;
    const time = new Date(this.#clock.nowMs()).toISOString();
    this.#file.append(receipts.map((receipt) => lineOf(time, receipt)).join(''), receipts.length);
  }

  /** Resolves when all lines are with the operating system, or counted as lost. May be called any number of times. */
  close(): Promise<void> {
    return this.#file.close();
  }
}

function lineOf(time: string, { account, id, eventType, source, outcome, reason, requestId }: Receipt): string {
  const fields = { time, account, id, eventType, source, outcome, reason, requestId };
  return `${visibleJson(JSON.stringify(fields))}\n`;
}
