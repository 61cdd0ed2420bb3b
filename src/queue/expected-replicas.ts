/**
 * How many replicas of a master must confirm a write: as many as have confirmed so far or have joined since, and never fewer than
 * set.
 *
 * In a planned failover one replica is promoted while the old master continues for a second or two. The old master's other
 * replicas confirm writes that the new master will never get. The sign is a missing replica: then nothing is acknowledged until
 * the failover is known, or has had time to become known. After that the replica may be given up, and the others are enough. So a
 * new replica must be counted at once: if it were promoted before its first confirmation, nobody would notice that it is missing.
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

  /** The master has this many online replicas. A replica that hangs is not expected again until it has left and come back. */
  noteOnline(online: number): void {
    if (online > this.#online) this.#expected = Math.max(this.#expected, online);
    this.#online = online;
  }

  /** Whether a write with this many confirmations is safe. */
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
   * Since when replicas have been missing, if they may be given up by now, so that the confirmations are enough; undefined if
   * they may not.
   */
  overdueSince(confirmed: number, nowMs: number): number | undefined {
    const since = this.#missingSinceMs;
    const isOverdue = since !== undefined && nowMs - since >= ANNOUNCED_WITHIN_MS;
    return isOverdue && confirmed >= this.#least ? since : undefined;
  }

  /** The missing replicas count as dead. */
  giveUp(confirmed: number): void {
    this.#expected = Math.max(this.#least, confirmed);
    this.#missingSinceMs = undefined;
  }

  /** Another server is master: its replicas are counted from the start. */
  reset(): void {
    this.#expected = this.#least;
    this.#online = 0;
    this.#missingSinceMs = undefined;
  }
}
