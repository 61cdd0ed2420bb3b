/**
 * Metrics with one series per account, and which of them are exported before anything happened.
 *
 * If a series exists from the start, at 0, the first failure shows as an increase. With many accounts that would be
 * megabytes of zeros at every scrape. Then histograms and series that depend on the events (type, currency, source,
 * status) start with the first event.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { TallyHistogram } from './tally.js';

type LabelSets = Readonly<Record<string, readonly string[]>>;

/** Up to this many accounts every series exists from the start. */
const ACCOUNTS_IN_FULL = 25;
/** Counters with at most this many series per account exist from the start with any number of accounts. */
const SERIES_ALWAYS = 4;

export class AccountSeries {
  readonly #registers: Registry[];
  /** The accounts that this process exports metrics for. None if the metrics have no meaning in it. */
  readonly accounts: readonly string[];

  constructor(registry: Registry, accounts: readonly string[]) {
    this.#registers = [registry];
    this.accounts = accounts;
  }

  get isInFull(): boolean {
    return this.accounts.length <= ACCOUNTS_IN_FULL;
  }

  /** @param collect called before each export, to update it */
  counter(name: string, help: string, labels: LabelSets = {}, collect?: () => void): Counter {
    const labelNames = ['account', ...Object.keys(labels)];
    const registers = this.#registers;
    const metric = new Counter({ name: `capi_${name}`, help, labelNames, registers, ...(collect && { collect }) });
    const count = Object.values(labels).reduce((product, { length }) => product * length, 1);
    if (this.isInFull || count <= SERIES_ALWAYS) {
      for (const combination of this.#combinations(labels)) metric.inc(combination, 0);
    }
    return metric;
  }

  /** A total stored in Redis: absent until it was read once. A jump from 0 to thousands would look like an increase. */
  total(name: string, help: string, labelNames: string[]): Counter {
    const metric = new Counter({ name: `capi_${name}`, help, labelNames, registers: this.#registers });
    metric.remove({});
    return metric;
  }

  gauge(name: string, help: string, labels: LabelSets = {}): Gauge {
    const labelNames = ['account', ...Object.keys(labels)];
    const metric = new Gauge({ name: `capi_${name}`, help, labelNames, registers: this.#registers });
    for (const combination of this.#combinations(labels)) metric.set(combination, 0);
    return metric;
  }

  /** For values that may be unknown: there is no series before the first value. */
  known(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name: `capi_${name}`, help, labelNames, registers: this.#registers });
  }

  histogram(name: string, help: string, buckets: number[]): Histogram {
    const registers = this.#registers;
    const metric = new Histogram({ name: `capi_${name}`, help, labelNames: ['account'], buckets, registers });
    if (this.isInFull) for (const account of this.accounts) metric.zero({ account });
    return metric;
  }

  /** For values that are observed for each event. */
  tally(name: string, help: string, buckets: number[]): TallyHistogram {
    const registers = this.#registers;
    const metric = new TallyHistogram({ name: `capi_${name}`, help, labelNames: ['account'], buckets, registers });
    if (this.isInFull) for (const account of this.accounts) metric.of(account);
    return metric;
  }

  #combinations(labels: LabelSets): Record<string, string>[] {
    let combinations: Record<string, string>[] = this.accounts.map((account) => ({ account }));
    for (const [label, values] of Object.entries(labels)) {
      combinations = combinations.flatMap((known) =>
        values.map((value) => Object.assign({}, known, { [label]: value })),
      );
    }
    return combinations;
  }
}
