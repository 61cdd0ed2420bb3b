/** A rule set: for each hashed type, the form of a value that is hashed. */
export interface Normaliser {
  /**
   * @param text as match-key.ts reads it: an e-mail address, an E.164 number, else cleaned text
   * @param country ISO alpha-2 of the address that the value belongs to, else of the event
   */
  readonly apply: (text: string, country: string) => string;
  /** What `apply` does, for people (explain.ts). */
  readonly steps: string;
  /** Reads a raw value in which match-key.ts finds nothing. */
  readonly readLoosely?: (raw: string) => string;
}

export interface RuleSet {
  readonly EMAIL: Normaliser;
  readonly PHONE: Normaliser;
  readonly FIRST_NAME: Normaliser;
  readonly LAST_NAME: Normaliser;
  readonly ADDRESS: Normaliser;
  readonly CITY: Normaliser;
  readonly STATE: Normaliser;
  readonly POSTAL: Normaliser;
}
