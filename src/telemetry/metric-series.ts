/**
 * Metrics with a series an account: what of them is exported before anything happened.
 *
 * A series that is there from the start, at 0, makes a first failure an increase. With many accounts that would be
 * megabytes of zeros at every scrape: then those that differ by what an account's events say (type, currency, source, status)
 * and histograms begin with the first event.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { TallyHistogram } from './tally.js';

type LabelSets = Readonly<Record<string, readonly string[]>>;

/** Up to so many accounts every series is there from the start. */
const ACCOUNTS_IN_FULL = 25;
/** Counters with at most so many series an account are there from the start with any number of accounts. */
const SERIES_ALWAYS = 4;

export class AccountSeries {
  readonly #registers: Registry[];
  /** Those that this process exports the metrics for; none where they have no meaning in it. */
  readonly accounts: readonly string[];

  constructor(registry: Registry, accounts: readonly string[]) {
    this.#registers = [registry];
    this.accounts = accounts;
  }

  get isInFull(): boolean {
    return this.accounts.length <= ACCOUNTS_IN_FULL;
  }

  /** @param collect called before it is exported, to bring it up to date */
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

  /**
   * A total that Redis keeps: absent until it was read once. At 0 first and then at its thousands, it would look like
   * an increase.
   */
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

  /** Of what may have no value: there is no series before there is one. */
  known(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name: `capi_${name}`, help, labelNames, registers: this.#registers });
  }

  histogram(name: string, help: string, buckets: number[]): Histogram {
    const registers = this.#registers;
    const metric = new Histogram({ name: `capi_${name}`, help, labelNames: ['account'], buckets, registers });
    if (this.isInFull) for (const account of this.accounts) metric.zero({ account });
    return metric;
  }

  /** For what is observed event by event. */
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
