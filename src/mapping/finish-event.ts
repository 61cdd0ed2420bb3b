/**
 * The last step of every mapping: turns a draft into an event, or into a refusal with every fault.
 *
 * All sources use it, so limits, hashing, age and the rule of what is not a sale are the same for all.
 */

import { faultOfAddress } from './consent-address.js';
import { faultOfSilence } from './consent-rule.js';
import { faultsOfStrings } from './consent-strings.js';
import type { MappingContext } from './context.js';
import { isOfNoType } from './dedupe-id.js';
import type { Draft } from './draft.js';
import { type EventFields, fieldsSchema, PURCHASE } from './event.js';
import { eventOf, readOrdinary } from './event-fields.js';
import { explainEvent } from './explain.js';
import { WORDED } from './fault-words.js';
import { MATCH_KEY_LENGTH } from './key-digests.js';
import type { KeyFault } from './key-list.js';
import { MAX_MATCH_KEYS } from './match-key.js';
import { isNameOfRefund } from './name.js';
import { PERSONAL_DATA } from './personal-data.js';
import { type Fault, faultsOf, type Mapped, refuseAll } from './refusal.js';

/** How far a source's clock may be ahead of ours. */
export const MAX_AHEAD_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;

/** What can be judged even if other fields are wrong. */
type Known = {
  readonly [Field in 'countryCode' | 'timestamp' | 'eventType' | 'consent' | 'clientDedupeId']?:
    | EventFields[Field]
    | undefined;
};

export function finishEvent(draft: Draft, context: MappingContext): Mapped {
  const checked = checkFields(draft);
  const known = checked.success ? checked.data : readableOf(draft.fields);
  const keys = draft.keys.hashed(known.countryCode ?? '', context);
  const faults: Fault[] = [];
  if (!checked.success) faults.push(...unnamedAmong(draft.faults, faultsOf(checked.error), draft));
  const add = (fault: Fault | undefined) => fault && faults.push({ ...fault, path: draft.nameOf(fault.path) });
  add(faultOfAge(known, context));
  add(faultOfSilence(draft.isConsentUnread || draft.fields.consent !== undefined, known.countryCode, context));
  add(faultOfAddress(known.consent, context));
  for (const fault of faultsOfStrings(known.consent)) add(fault);
  add(faultOfName(known, draft));
  add(faultOfCount(known, draft, keys.length));
  for (const key of draft.keys.faults) {
    const fault = faultOfKey(key, known);
    if (fault) faults.push({ ...fault, path: draft.locate(key.path) });
  }
  if (!checked.success || faults.length + draft.faults.length > 0) {
    const { clientDedupeId = '', eventType } = known;
    const id = isOfNoType(clientDedupeId) ? undefined : known.clientDedupeId;
    return refuseAll([...draft.faults, ...faults], { clientDedupeId: id, eventType });
  }
  const event = eventOf(checked.data, keys.length > MAX_MATCH_KEYS ? keys.slice(0, MAX_MATCH_KEYS) : keys, context);
  if (!context.isExplained) return { ok: true, event };
  return { ok: true, event, explanation: explainEvent(event, draft, context) };
}

function checkFields({ fields, isIdPlain }: Draft): ReturnType<typeof fieldsSchema.safeParse> {
  const data = readOrdinary(fields, isIdPlain);
  return data ? { success: true, data } : fieldsSchema.safeParse(fields, WORDED);
}

function readableOf(fields: Draft['fields']): Known {
  const { shape } = fieldsSchema;
  return {
    countryCode: shape.countryCode.safeParse(fields.countryCode).data,
    timestamp: shape.timestamp.safeParse(fields.timestamp).data,
    eventType: shape.eventType.safeParse(fields.eventType).data,
    consent: shape.consent.safeParse(fields.consent).data,
    clientDedupeId: shape.clientDedupeId.safeParse(fields.clientDedupeId).data,
  };
}

/** The schema's faults under the caller's names, without those of fields in which the source itself found a fault. */
function unnamedAmong(known: readonly Fault[], faults: readonly Fault[], draft: Draft): Fault[] {
  const named = new Set(known.map(({ path }) => path));
  return faults.map((fault) => ({ ...fault, path: draft.nameOf(fault.path) })).filter(({ path }) => !named.has(path));
}

function faultOfAge({ timestamp }: Known, { nowMs, maxEventAgeHours }: MappingContext): Fault | undefined {
  if (timestamp === undefined) return undefined;
  const ageMs = nowMs - Date.parse(timestamp);
  if (ageMs > maxEventAgeHours * HOUR_MS) {
    return { reason: 'too_old', path: 'timestamp', message: `is more than ${maxEventAgeHours} hours ago` };
  }
  if (ageMs >= -MAX_AHEAD_MS) return undefined;
  return { reason: 'in_future', path: 'timestamp', message: 'is more than 10 minutes ahead of now' };
}

function faultOfName({ eventType }: Known, { fields }: Draft): Fault | undefined {
  const { name } = fields;
  if (eventType !== PURCHASE || typeof name !== 'string' || !isNameOfRefund(name)) return undefined;
  return { reason: 'not_a_purchase', path: 'name', message: 'says that money went back to the customer' };
}

function faultOfCount({ countryCode }: Known, { keys, isCapped }: Draft, count: number): Fault | undefined {
  if (count > MAX_MATCH_KEYS && !isCapped) {
    return { reason: 'invalid', path: 'matchKeys', message: `are too many: Amazon takes at most ${MAX_MATCH_KEYS}` };
  }
  // A national number may give a match key once its country is known, and a text that is too long once it is cut.
  const isOpen = keys.faults.some(({ kind }) => kind === 'too_long') || (countryCode === undefined && keys.hasPhone);
  if (count > 0 || isOpen || keys.isUnread) return undefined;
  return { reason: 'no_match_key', path: 'matchKeys', message: 'holds no usable e-mail address, phone number or name' };
}

function faultOfKey({ kind, path }: KeyFault, { eventType }: Known): Fault | undefined {
  if (kind === 'too_long') return { reason: 'invalid', path, message: `is longer than ${MATCH_KEY_LENGTH} characters` };
  if (kind === 'personal') return { reason: 'invalid', path, message: PERSONAL_DATA };
  if (eventType !== PURCHASE) return undefined;
  return { reason: 'not_a_purchase', path, message: 'is an address of Amazon’s marketplace: the sale was on Amazon' };
}
