/** An event between a source's field table and its checks. */
import type { DraftFields } from './event-fields.js';
import type { KeyList } from './key-list.js';
import type { Origins } from './origin.js';
import type { Fault } from './refusal.js';

/** What a source made of a payload, before the checks. */
export interface Draft {
  readonly fields: DraftFields;
  readonly keys: KeyList;
  /** True: if there are more match keys than Amazon takes, the first are sent. */
  readonly isCapped: boolean;
  /**
   * Faults that the source itself found. If the schema finds one in the same field, the source's is reported: it knows the
   * payload's form.
   */
  readonly faults: readonly Fault[];
  /** True: there is a consent signal that cannot be read; its fault is reported. */
  readonly isConsentUnread: boolean;
  /** The caller's name for a field of the draft (`countryCode`), or for a place in it (`consent.tcf`). */
  nameOf(field: string): string;
  /** Where a field of the payload is, as the caller sent it. */
  locate(path: string): string;
  /** True: the dedupe id has only plain characters, few enough, and needs no check. */
  readonly isIdPlain: boolean;
  /** Where the fields come from; called only if the event is to be explained. */
  originsOf(): Origins;
}
