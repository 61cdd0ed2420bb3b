/**
 * Exports coverage to Prometheus: two counters, updated only when they are exported, so that events cost nothing.
 */
import { CONSENT_STATES, isConsentState, isKeyType } from '../coverage/marks.js';
import { CoverageTally, TallyReader } from '../coverage/tally.js';
import { MATCH_KEY_TYPES } from '../mapping/match-key.js';
import { SOURCES } from '../mapping/source.js';
import type { AccountSeries } from './metric-series.js';

export class CoverageSeries {
  readonly #tallies = new Map<string, { readonly tally: CoverageTally; readonly reader: TallyReader }>();
  readonly #matchKeys;
  readonly #consent;

  constructor(intake: AccountSeries) {
    // Whichever is exported first updates both.
    const collect = () => this.#collect();
    this.#matchKeys = intake.counter(
      'event_match_keys_total',
      'Events acknowledged that carry a match key of the type; each counts once a type.',
      { source: SOURCES, type: MATCH_KEY_TYPES },
      collect,
    );
    this.#consent = intake.counter(
      'events_consent_total',
      'Events acknowledged, each once, by what they say of consent.',
      { source: SOURCES, consent: CONSENT_STATES },
      collect,
    );
  }

  /** Where the account's only writer counts acknowledged events. */
  of(account: string): CoverageTally {
    const known = this.#tallies.get(account);
    if (known) return known.tally;
    const tally = new CoverageTally();
    this.#tallies.set(account, { tally, reader: new TallyReader(tally) });
    return tally;
  }

  #collect(): void {
    for (const [account, { reader }] of this.#tallies) {
      const gains = reader.read();
      for (const { source, name, count } of gains) {
        if (isKeyType(name)) this.#matchKeys.inc({ account, source, type: name }, count);
        else if (isConsentState(name)) this.#consent.inc({ account, source, consent: name }, count);
      }
      reader.notePassedOn(gains);
    }
  }
}
