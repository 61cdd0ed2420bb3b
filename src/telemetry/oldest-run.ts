/**
 * How long a worker has held its oldest job, measured at each scrape. So a run that never ends is visible by its age.
 */
import { Gauge, type Registry } from 'prom-client';

export class OldestRun {
  readonly #secondsOf = new Map<string, () => number>();

  constructor(registry: Registry, accounts: readonly string[]) {
    const secondsOf = this.#secondsOf;
    const gauge = new Gauge({
      name: 'capi_oldest_run_seconds',
      help: 'For how long this worker has held its oldest job; 0 for none.',
      labelNames: ['account'],
      registers: [registry],
      collect() {
        for (const [account, seconds] of secondsOf) this.set({ account }, seconds());
      },
    });
    for (const account of accounts) gauge.set({ account }, 0);
  }

  /** From now on each scrape reads the age of the account's oldest run in this process. */
  read(account: string, secondsOf: () => number): void {
    this.#secondsOf.set(account, secondsOf);
  }
}
