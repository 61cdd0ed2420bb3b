/**
 * How many replicas of a master must confirm a write: as many as have done so until now or have joined since, and never
 * fewer than set.
 *
 * A planned failover promotes one replica while the old master goes on for a second or two, and its other replicas confirm
 * what the new master will never get. What tells is that a replica is missing: then nothing is acknowledged until the
 * failover has become known, or has had the time to. After that the replica may be given up, and the others are enough.
 * So a replica that joins must be known at once: were it promoted before anybody asked it, nobody would miss it.
 */

/** Longer than Sentinels take from promoting a replica to announcing it. */
const ANNOUNCED_WITHIN_MS = 5_000;

export class ExpectedReplicas {
  readonly #least: number;
  #expected: number;
  #online = 0;
  #missingSinceMs: number | undefined;

  constructor(least: number) {
    this.#least = least;
    this.#expected = least;
  }

  get count(): number {
    return this.#expected;
  }

  /** The master has so many that follow it. One that hangs is not asked for again before it has left and come back. */
  noteOnline(online: number): void {
    if (online > this.#online) this.#expected = Math.max(this.#expected, online);
    this.#online = online;
  }

  /** Whether a write that so many confirmed is safe. */
  areEnough(confirmed: number, nowMs: number): boolean {
    if (confirmed >= this.#expected) {
      this.#expected = confirmed;
      this.#missingSinceMs = undefined;
      return true;
    }
    this.#missingSinceMs ??= nowMs;
    return false;
  }

  /**
   * Since when replicas have been missing that may be given up by now, so that those which confirmed are enough; undefined where
   * they may not.
   */
  overdueSince(confirmed: number, nowMs: number): number | undefined {
    const since = this.#missingSinceMs;
    const isOverdue = since !== undefined && nowMs - since >= ANNOUNCED_WITHIN_MS;
    return isOverdue && confirmed >= this.#least ? since : undefined;
  }

  /** Those that are missing have died, as far as anybody knows. */
  giveUp(confirmed: number): void {
    this.#expected = Math.max(this.#least, confirmed);
    this.#missingSinceMs = undefined;
  }

  /** Another server is master: its replicas are counted anew. */
  reset(): void {
    this.#expected = this.#least;
    this.#online = 0;
    this.#missingSinceMs = undefined;
  }
}
