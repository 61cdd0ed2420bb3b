/**
 * Counts the events that a process accepted for an account, by source: totals since its start, which only rise.
 *
 * Each consumer (Redis, Prometheus) has its own reader and gets each event once. What was read counts as passed on only
 * when the reader is told so. So nothing is lost if passing it on fails.
 */
import { COUNTED, type Counted } from './marks.js';

export class CoverageTally {
  readonly totals = new Map<string, number[]>();

  /** @param marks from marksOf */
  add(source: string, marks: number): void {
    let totals = this.totals.get(source);
    if (!totals) {
      totals = COUNTED.map(() => 0);
      this.totals.set(source, totals);
    }
    for (let left = marks; left !== 0; left &= left - 1) {
      const place = 31 - Math.clz32(left & -left);
      totals[place] = (totals[place] ?? 0) + 1;
    }
  }
}

/** The number of further events of a source that have it. */
export interface Gain {
  readonly source: string;
  readonly name: Counted;
  readonly count: number;
}

export class TallyReader {
  readonly #tally: CoverageTally;
  readonly #passedOn = new Map<string, number>();

  constructor(tally: CoverageTally) {
    this.#tally = tally;
  }

  /** The gains since those that were passed on last. */
  read(): Gain[] {
    const gains: Gain[] = [];
    for (const [source, totals] of this.#tally.totals) {
      COUNTED.forEach((name, place) => {
        const count = (totals[place] ?? 0) - (this.#passedOn.get(`${source} ${name}`) ?? 0);
        if (count > 0) gains.push({ source, name, count });
      });
    }
    return gains;
  }

  notePassedOn(gains: readonly Gain[]): void {
    for (const { source, name, count } of gains) {
      const key = `${source} ${name}`;
      this.#passedOn.set(key, (this.#passedOn.get(key) ?? 0) + count);
    }
  }
}
