/** Traffic of shops: conversions of all types and several currencies, a few at a time, until stopped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT_TYPES, PURCHASE } from '../../src/mapping/event.js';
import { conversionPayload } from '../support/events.js';
import type { Observed } from '../support/observed.js';

const CURRENCIES = ['USD', 'USD', 'USD', 'EUR', 'EUR', 'GBP', 'JPY', 'CHF', 'XAF'];
const OTHERS = EVENT_TYPES.filter((type) => type !== PURCHASE);
const KEYS = [
  { type: 'EMAIL', value: 'jane@example.com', each: 1 },
  { type: 'PHONE', value: '+14155552671', each: 4 },
  { type: 'LAST_NAME', value: 'Doe', each: 8 },
  { type: 'POSTAL', value: '94105', each: 8 },
];
const CONSENTS = [
  { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' } },
  { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' } },
  { amazonConsent: { amznAdStorage: 'DENIED', amznUserData: 'DENIED' } },
  { tcf: 'CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA' },
  undefined,
];
/** A wave, so that charts show more than straight lines. */
const WAVE_MS = 45_000;
const PAUSE_MS = 250;

export class Traffic {
  readonly #end = new AbortController();
  readonly #observed: Observed;
  readonly #accounts: readonly string[];
  #running: Promise<void> = Promise.resolve();
  #count = 0;

  constructor(observed: Observed, accounts: readonly string[]) {
    this.#observed = observed;
    this.#accounts = accounts;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      for (const [place, account] of this.#accounts.entries()) {
        const height = 1 + Math.sin((Date.now() / WAVE_MS) * 2 * Math.PI + place);
        const events = Array.from({ length: Math.round(2 + 12 * height) / (place + 1) }, () => this.#event());
        await this.#observed.postEvents(account, events);
      }
      // The pace of a shop, not a wait for a condition.
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * Two of three are purchases. The others cycle through all types. Some happened a while ago. One in four has a phone
   * number, one in eight a name and a postal code.
   */
  #event(): object {
    this.#count += 1;
    const number = this.#count;
    const timestamp = new Date(Date.now() - ((number * 7919) % 900) * 1000).toISOString();
    const matchKeys = KEYS.filter(({ each }) => number % each === 0).map(({ type, value }) => ({
      type,
      values: [value],
    }));
    const consent = CONSENTS[number % CONSENTS.length];
    const shared = { clientDedupeId: `traffic-${number}`, timestamp, matchKeys, consent };
    if (number % 3 !== 0) {
      const currencyCode = CURRENCIES[number % CURRENCIES.length];
      const value = ((number * 37) % 20_000) / 100 + 5;
      return conversionPayload({ ...shared, currencyCode, value: Number(value.toFixed(2)) });
    }
    const eventType = OTHERS[(number / 3) % OTHERS.length];
    return conversionPayload({
      ...shared,
      name: 'other',
      eventType,
      value: 1,
      currencyCode: undefined,
      unitsSold: undefined,
    });
  }
}
