/**
 * What a process has taken in of an account, by source: totals since its start, which only rise.
 *
 * Who passes them on (to Redis, to Prometheus) has a reader of its own and gets each event once: what was read counts as
 * passed on only when the reader is told so, so that nothing is lost where it fails.
 */
import { COUNTED, type Counted } from './marks.js';

export class CoverageTally {
  readonly totals = new Map<string, number[]>();

  /** @param marks as marksOf gives them */
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

/** So many events more of a source that carry it. */
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

  /** What came since the gains that were passed on last. */
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
