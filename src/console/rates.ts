/**
 * Rates of an account, from samples of its ledger.
 *
 * PURE: the clock is an argument. Keeps the last KEPT_MS. If the counts go back (Redis was emptied), it starts again.
 */
export interface LedgerSample {
  readonly atMs: number;
  /** Incoming events: enqueued and replayed. */
  readonly taken: number;
  readonly delivered: number;
}

export interface Rates {
  /** Events per second over the last minute, or since the first sample if that is shorter. */
  readonly takenPerSecond: number;
  readonly deliveredPerSecond: number;
  /** The measured time in ms. 0 after a single sample: then no rate is known. */
  readonly overMs: number;
  /** Events per second between samples, oldest first, for the small chart. */
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
