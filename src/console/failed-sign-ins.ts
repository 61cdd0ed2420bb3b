/**
 * Wrong tokens, counted by the address that they came from.
 *
 * Promises: a right token is never held up, whoever else tries from the same address: behind a proxy everybody has the
 * same. So nobody is locked out; wrong tokens past the limit are answered late. What makes guessing hopeless is the
 * length of a token, not this. Memory is bounded however many addresses try.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** A person mistypes a few times. */
export const FAILURES_A_MINUTE = 10;
const MINUTE_MS = 60_000;
const LATE_BY_MS = 1_000;
/** Answers that wait at once. Past them they go at once: what waits must not cost more than what tries. */
const WAITING_MAX = 100;
const ADDRESSES_MAX = 10_000;

interface Failures {
  count: number;
  readonly sinceMs: number;
}

export class FailedSignIns {
  readonly #byAddress = new Map<string, Failures>();
  readonly #lateByMs: number;
  #waiting = 0;

  constructor(lateByMs: number = LATE_BY_MS) {
    this.#lateByMs = lateByMs;
  }

  /** @returns how many there were from this address within the minute, this one included */
  note(address: string, nowMs: number): number {
    const network = networkOf(address);
    const known = this.#byAddress.get(network);
    if (known && nowMs - known.sinceMs < MINUTE_MS) {
      known.count += 1;
      return known.count;
    }
    // The oldest stand first.
    this.#byAddress.delete(network);
    this.#byAddress.set(network, { count: 1, sinceMs: nowMs });
    if (this.#byAddress.size > ADDRESSES_MAX) {
      for (const oldest of this.#byAddress.keys()) {
        this.#byAddress.delete(oldest);
        break;
      }
    }
    return 1;
  }

  /** Waits before a wrong token past the limit is answered. */
  async delay(): Promise<void> {
    if (this.#waiting >= WAITING_MAX) return;
    this.#waiting += 1;
    await sleep(this.#lateByMs);
    this.#waiting -= 1;
  }
}

/** Who has one address of IPv6 has a network of them: the first 64 bits count. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const first = head.split(':');
  const missing = tail === undefined ? 0 : 8 - first.length - tail.split(':').filter((part) => part !== '').length;
  return [...first, ...Array.from({ length: missing }, () => '0')].slice(0, 4).join(':');
}
