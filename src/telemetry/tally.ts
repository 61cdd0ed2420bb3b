/**
 * A histogram that is cheap enough for every event: an observation adds to two numbers and has no look-up.
 *
 * prom-client looks up the series of the labels for each value, which costs more than hashing an event's id. The export
 * is the same as that of prom-client's own histogram. Its only label is `account`.
 */
import { Histogram, type HistogramConfiguration } from 'prom-client';

export class TallyHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #tallies = new Map<string, Tally>();

  constructor(configuration: HistogramConfiguration<'account'> & { readonly buckets: number[] }) {
    super(configuration);
    this.#name = configuration.name;
    this.#help = configuration.help;
    this.#bounds = configuration.buckets;
  }

  /** The series of an account. It is exported from the first call on, at 0. */
  of(account: string): Tally {
    const tally = this.#tallies.get(account) ?? new Tally(this.#bounds);
    this.#tallies.set(account, tally);
    return tally;
  }

  /** prom-client's constructor also calls this, before there is anything to reset. */
  override reset(): void {
    super.reset();
    if (#tallies in this) this.#tallies.clear();
  }

  /** prom-client's own `get` and the registry's text export read from here. */
  async getForPromString(): Promise<object> {
    const values = [...this.#tallies].flatMap(([account, tally]) => this.#valuesOf(account, tally));
    return { name: this.#name, help: this.#help, type: 'histogram', aggregator: 'sum', values };
  }

  #valuesOf(account: string, { counts, sum }: Tally): object[] {
    const sharedLabels = { account };
    let count = 0;
    const buckets = counts.map((inBucket, place) => {
      count += inBucket;
      const labels = { le: this.#bounds[place] ?? '+Inf' };
      return { metricName: `${this.#name}_bucket`, labels, sharedLabels, value: count };
    });
    return [
      ...buckets,
      { metricName: `${this.#name}_sum`, labels: {}, sharedLabels, value: sum },
      { metricName: `${this.#name}_count`, labels: {}, sharedLabels, value: count },
    ];
  }
}

export class Tally {
  /** By bucket. The last one is for values above every bound. */
  readonly counts: number[];
  sum = 0;
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && !(value <= (bounds[bucket] ?? 0))) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += value;
  }
}
