/**
 * The bench's view of the sink: waits for events to arrive, and computes rates between two arrivals.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Helper, Stage } from './processes.js';

const LOOK_EVERY_MS = 20;
const STUCK_AFTER_MS = 60_000;

export interface Latencies {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export class Sink {
  readonly url: string;
  readonly #helper: Helper;

  private constructor(helper: Helper, url: string) {
    this.#helper = helper;
    this.url = url;
  }

  static async start(stage: Stage): Promise<Sink> {
    const helper = await stage.start('sink');
    return new Sink(helper, await helper.ask<string>('address'));
  }

  /** Settings that make the program use this sink as Amazon. */
  get environment(): Record<string, string> {
    return { AMAZON_ADS_ENDPOINT: this.url, LWA_TOKEN_URL: `${this.url}/auth/o2/token` };
  }

  /** @returns how many have arrived, at least the given number */
  async untilArrived(events: number): Promise<number> {
    let seen = -1;
    let movedAt = performance.now();
    for (;;) {
      const count = await this.#helper.ask<number>('count');
      if (count >= events) return count;
      if (count !== seen) movedAt = performance.now();
      seen = count;
      if (performance.now() - movedAt > STUCK_AFTER_MS) throw new Error(`${count} of ${events} events arrived`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Events per second from the arrival with the last of the first `skipped` to the arrival with the last one. */
  async rate(skipped: number, last: number): Promise<number> {
    const arrivals = await this.#helper.ask<[number, number][]>('arrivals');
    const from = arrivals.find(([, events]) => events >= skipped);
    const to = arrivals.find(([, events]) => events >= last);
    if (!from || !to || to[0] <= from[0]) throw new Error('too few arrivals to tell a rate');
    return ((to[1] - from[1]) / (to[0] - from[0])) * 1000;
  }

  latencies(): Promise<Latencies> {
    return this.#helper.ask<Latencies>('latencies');
  }

  reset(): Promise<void> {
    return this.#helper.ask('reset');
  }
}
