/**
 * Receipts: one JSON line for each outcome of an event, for a data warehouse (RECEIPTS_FILE, docs/receipts.md).
 *
 * Promise: a line is written only after the fact, without personal data, and nobody waits for it. Lines that the file
 * does not accept in time are lost and counted (line-file.ts).
 */
import type { EventType } from '../../mapping/event.js';
import type { DeadReason } from '../../mapping/outcome.js';
import type { RefusalReason } from '../../mapping/refusal.js';
import { visibleJson } from '../visible-text.js';
import type { LineFile } from './line-file.js';

export interface Receipt {
  readonly account: string;
  /** The dedupe id. Absent if the event has none, or none that may be shown. */
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

  /** @param clock gives the time of each line */
  constructor(file: LineFile, clock: { nowMs(): number }) {
    this.#file = file;
    this.#clock = clock;
  }

  note(receipts: readonly Receipt[]): void {
    if (receipts.length === 0) return;
    const time = new Date(this.#clock.nowMs()).toISOString();
    this.#file.append(receipts.map((receipt) => lineOf(time, receipt)).join(''), receipts.length);
  }

  /**
   * Resolves when the operating system has all lines, or they are counted as lost. May be called any number of times.
   */
  close(): Promise<void> {
    return this.#file.close();
  }
}

function lineOf(time: string, { account, id, eventType, source, outcome, reason, requestId }: Receipt): string {
  const fields = { time, account, id, eventType, source, outcome, reason, requestId };
  return `${visibleJson(JSON.stringify(fields))}\n`;
}
