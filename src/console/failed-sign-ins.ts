/**
 * Counts wrong tokens by client address.
 *
 * Promises: a valid token is never delayed, whoever else tries from the same address, as all clients of a proxy share
 * one. So nobody is locked out: only answers to wrong tokens over the limit are delayed. The length of a token prevents
 * guessing, not this. Memory is bounded however many addresses try.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Allows for a few typing mistakes. */
export const FAILURES_A_MINUTE = 10;
const MINUTE_MS = 60_000;
const LATE_BY_MS = 1_000;
/**
 * The most delayed answers at once. Further ones are not delayed: waiting must not cost us more than trying costs the
 * client.
 */
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

  /** @returns the number from this address within the last minute, including this one */
  note(address: string, nowMs: number): number {
    const network = networkOf(address);
    const known = this.#byAddress.get(network);
    if (known && nowMs - known.sinceMs < MINUTE_MS) {
      known.count += 1;
      return known.count;
    }
    // The oldest entries come first.
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

  /** The delay before a wrong token over the limit is answered. */
  async delay(): Promise<void> {
    if (this.#waiting >= WAITING_MAX) return;
    this.#waiting += 1;
    await sleep(this.#lateByMs);
    this.#waiting -= 1;
  }
}

/** Owners of an IPv6 address have a whole network: the first 64 bits count. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const first = head.split(':');
  const missing = tail === undefined ? 0 : 8 - first.length - tail.split(':').filter((part) => part !== '').length;
  return [...first, ...Array.from({ length: missing }, () => '0')].slice(0, 4).join(':');
}
