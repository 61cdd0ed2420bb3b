/** The event writers of a process, one per account. Each is opened at first use. All are closed together. */
import type { LedgerWatch } from '../queue/ledger-watch.js';
import type { Metrics } from '../telemetry/metrics.js';
import { EventWriter, type EventWriterOptions } from './event-writer.js';

export interface AccountWritersOptions
  extends Pick<EventWriterOptions, 'connection' | 'writes' | 'eventsPerJob' | 'tracing'> {
  /** The current accounts. The accounts file may change. */
  readonly places: { readonly value: ReadonlyMap<string, unknown> };
  readonly ledgerWatchOf: (account: string) => LedgerWatch;
  readonly metrics: Metrics;
}

export class AccountWriters {
  readonly #options: AccountWritersOptions;
  readonly #opened = new Map<string, EventWriter>();

  constructor(options: AccountWritersOptions) {
    this.#options = options;
  }

  /** @returns undefined if there is no such account */
  get(account: string): EventWriter | undefined {
    if (!this.#options.places.value.has(account)) return undefined;
    const writer = this.#opened.get(account) ?? this.#open(account);
    this.#opened.set(account, writer);
    return writer;
  }

  async close(): Promise<void> {
    for (const writer of this.#opened.values()) await writer.close();
  }

  #open(account: string): EventWriter {
    const { connection, writes, eventsPerJob, tracing, metrics, ledgerWatchOf } = this.#options;
    const ledgerWatch = ledgerWatchOf(account);
    const coverage = metrics.coverage.of(account);
    return new EventWriter({ account, connection, writes, eventsPerJob, ledgerWatch, coverage, tracing });
  }
}
