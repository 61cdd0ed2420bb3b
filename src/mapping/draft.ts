/** An event on its way from a source's field table to its checks. */
import type { DraftFields } from './event-fields.js';
import type { KeyList } from './key-list.js';
import type { Origins } from './origin.js';
import type { Fault } from './refusal.js';

/** What a source made of a payload, before it is checked. */
export interface Draft {
  readonly fields: DraftFields;
  readonly keys: KeyList;
  /** True: of more match keys than Amazon takes, the first are sent. */
  readonly isCapped: boolean;
  /** What the source found wrong itself. Where both name a field its word stands: it knows the form of the payload. */
  readonly faults: readonly Fault[];
  /** True: a signal of consent stands there that cannot be read; its fault is told. */
  readonly isConsentUnread: boolean;
  /** The caller's name for a field of the draft (`countryCode`), or for a place in it (`consent.tcf`). */
  nameOf(field: string): string;
  /** Where a field of the payload stands, as the caller sent it. */
  locate(path: string): string;
  /** True: the dedupe id is made of plain characters, few enough, and needs no check. */
  readonly isIdPlain: boolean;
  /** Where the fields come from; asked only where the event is to be explained. */
  originsOf(): Origins;
}
