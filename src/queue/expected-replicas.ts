/**
 * How many replicas of a master must confirm a write: as many as have done so until now, and never fewer than set.
 *
 * A planned failover promotes one replica while the old master goes on for a second or two, and its other replicas confirm
 * what the new master will never get. What tells is that a replica is missing: then nothing is acknowledged until the
 * failover has become known, or has had the time to. After that the replica is taken for dead, and the others are enough.
 */

/** Longer than Sentinels take from promoting a replica to announcing it. */
const ANNOUNCED_WITHIN_MS = 5_000;

export class ExpectedReplicas {
  readonly #least: number;
  #expected: number;
  #missingSinceMs: number | undefined;

  constructor(least: number) {
    this.#least = least;
    this.#expected = least;
  }

  get count(): number {
    return this.#expected;
  }

  /** Whether a write that so many confirmed is safe. */
  areEnough(confirmed: number, nowMs: number): boolean {
    if (confirmed >= this.#expected) {
      this.#expected = confirmed;
      this.#missingSinceMs = undefined;
      return true;
    }
    if (confirmed < this.#least) return false;
    this.#missingSinceMs ??= nowMs;
    if (nowMs - this.#missingSinceMs < ANNOUNCED_WITHIN_MS) return false;
    this.#expected = confirmed;
    this.#missingSinceMs = undefined;
    return true;
  }

  /** Another server is master: its replicas are counted anew. */
  reset(): void {
    this.#expected = this.#least;
    this.#missingSinceMs = undefined;
  }
}
