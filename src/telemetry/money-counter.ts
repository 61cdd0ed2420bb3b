/**
 * A counter of money. prom-client adds floating-point numbers. This one counts whole hundredths and converts the total
 * once, when it is read, so that a million sales of 0.10 are 100000 and not 100000.00000133288.
 */
import { Counter, type Registry } from 'prom-client';
import { amountOf, hundredthsOf } from '../mapping/money.js';

type Labels = Readonly<Record<string, string>>;

interface MoneyCounterOptions {
  readonly name: string;
  readonly help: string;
  readonly registry: Registry;
  readonly labelNames: readonly string[];
  /** Exported from the start. Others start with their first amount. */
  readonly combinations: readonly Labels[];
}

export class MoneyCounter {
  readonly #totals = new Map<string, { readonly labels: Labels; hundredths: bigint }>();
  readonly #labelNames: readonly string[];

  constructor({ name, help, registry, labelNames, combinations }: MoneyCounterOptions) {
    this.#labelNames = labelNames;
    for (const labels of combinations) this.#totals.set(this.#keyOf(labels), { labels, hundredths: 0n });
    const totals = this.#totals;
    const counter = new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [],
      collect() {
        this.reset();
        for (const { labels, hundredths } of totals.values()) this.inc(labels, amountOf(hundredths));
      },
    });
    registry.registerMetric(counter);
  }

  /** Counts an amount in units of its currency. A counter only rises, so negative amounts are ignored. */
  add(labels: Labels, amount: number): void {
    this.addHundredths(labels, hundredthsOf(amount) ?? 0);
  }

  /** The same for a sum that was computed elsewhere. */
  addHundredths(labels: Labels, hundredths: number): void {
    if (hundredths <= 0) return;
    const key = this.#keyOf(labels);
    const total = this.#totals.get(key) ?? { labels, hundredths: 0n };
    total.hundredths += BigInt(hundredths);
    this.#totals.set(key, total);
  }

  #keyOf(labels: Labels): string {
    return this.#labelNames.map((name) => labels[name]).join(' ');
  }
}
