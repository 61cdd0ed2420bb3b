/**
 * Rates of an account, from what its ledger said at several moments.
 *
 * PURE: the clock comes in. Keeps the last KEPT_MS; a ledger that went back (Redis was emptied) starts anew.
 */
export interface LedgerSample {
  readonly atMs: number;
  /** Events that came in: enqueued and replayed. */
  readonly taken: number;
  readonly delivered: number;
}

export interface Rates {
  /** Events a second over the last minute, or since the first look where that is less. */
  readonly takenPerSecond: number;
  readonly deliveredPerSecond: number;
  /** Over how long, ms; 0 where there was one look only and nothing can be said. */
  readonly overMs: number;
  /** Events a second between looks, oldest first: what the small chart shows. */
  readonly history: readonly { readonly taken: number; readonly delivered: number }[];
}

export const SAMPLE_EVERY_MS = 5_000;
const RATE_OVER_MS = 60_000;
const KEPT_MS = 5 * 60_000;

export class RateMeter {
  #samples: LedgerSample[] = [];

  add(sample: LedgerSample): void {
    const last = this.#samples.at(-1);
    if (last && (sample.taken < last.taken || sample.delivered < last.delivered)) this.#samples = [];
    this.#samples.push(sample);
    const from = sample.atMs - KEPT_MS;
    while ((this.#samples[0]?.atMs ?? from) < from) this.#samples.shift();
  }

  read(): Rates {
    const last = this.#samples.at(-1);
    const first = this.#samples.find(({ atMs }) => atMs >= (last?.atMs ?? 0) - RATE_OVER_MS);
    const { taken, delivered } = rateBetween(first, last);
    const history = this.#samples.slice(1).map((sample, place) => rateBetween(this.#samples[place], sample));
    const overMs = first && last ? last.atMs - first.atMs : 0;
    return { takenPerSecond: taken, deliveredPerSecond: delivered, overMs, history };
  }
}

function rateBetween(
  from: LedgerSample | undefined,
  to: LedgerSample | undefined,
): { taken: number; delivered: number } {
  const seconds = ((to?.atMs ?? 0) - (from?.atMs ?? 0)) / 1000;
  if (!from || !to || seconds <= 0) return { taken: 0, delivered: 0 };
  return { taken: (to.taken - from.taken) / seconds, delivered: (to.delivered - from.delivered) / seconds };
}
