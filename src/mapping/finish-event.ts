/**
 * The last step of every mapping: a draft becomes an event, or a refusal with every fault.
 *
 * All sources pass through here, so limits, hashing and age hold for all of them alike.
 */
import type { MappingContext } from './context.js';
import { type CheckedDraft, draftSchema } from './event.js';
import { explainEvent } from './explain.js';
import { hashMatchKey, MAX_MATCH_KEYS, type MatchKey } from './match-key.js';
import type { Origins } from './origin.js';
import { type Issue, issuesOf, type Mapped, type RefusalReason, refuse } from './refusal.js';
import { epochMsOf } from './time.js';

/** How far ahead of our clock a source may be. */
const MAX_AHEAD_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;

type DraftedKey = CheckedDraft['matchKeys'][number];
type FieldNames = Readonly<Record<string, string>>;

/**
 * @param draft what a source's mapper made of the payload
 * @param fieldNamesOf the caller's name for a draft's field (`countryCode`) or for one place in it
 *   (`matchKeys[0].values[0]`), so that a fault names the field the caller knows; called only where there is one
 * @param originsOf where the draft's fields come from; called only where the event is to be explained
 */
export function finishEvent(
  draft: unknown,
  context: MappingContext,
  fieldNamesOf: () => FieldNames = () => ({}),
  originsOf: () => Origins = () => ({}),
): Mapped {
  const checked = draftSchema.safeParse(draft);
  if (!checked.success) {
    const fieldNames = fieldNamesOf();
    return { ok: false, reason: 'invalid', issues: issuesOf(checked.error).map((issue) => renamed(issue, fieldNames)) };
  }
  const refuseField = (reason: RefusalReason, field: string, message: string) =>
    refuse(reason, fieldNamesOf()[field] ?? field, message);
  // The schema made it, so it is nobody else's: it becomes the event.
  const event = checked.data;
  const drafted = event.matchKeys;
  const ageMs = context.nowMs - epochMsOf(event.timestamp);
  if (ageMs > context.maxEventAgeHours * HOUR_MS) {
    return refuseField('too_old', 'timestamp', `is more than ${context.maxEventAgeHours} hours ago`);
  }
  if (ageMs < -MAX_AHEAD_MS) return refuseField('in_future', 'timestamp', 'is more than 10 minutes ahead of now');
  // An absent field stays absent, so the event's JSON holds just what was said.
  if (context.defaultConsent !== undefined) event.consent ??= context.defaultConsent;
  if (context.isConsentRequired && event.consent === undefined) {
    return refuseField('invalid', 'consent', 'is required for EU accounts');
  }
  event.matchKeys = hashOnce(draft, event, context);
  const count = event.matchKeys.length;
  if (count === 0) return refuseField('no_match_key', 'matchKeys', 'hold nothing to match a customer by');
  if (count > MAX_MATCH_KEYS) {
    return refuseField('invalid', 'matchKeys', `are ${count}; Amazon takes at most ${MAX_MATCH_KEYS}`);
  }
  if (!context.isExplained) return { ok: true, event };
  return { ok: true, event, explanation: explainEvent(event, { draft, drafted, origins: originsOf(), context }) };
}

/** The list that the mapper drafted is the same object for all events of a body that share it. */
function hashOnce(draft: unknown, { matchKeys, countryCode }: CheckedDraft, context: MappingContext) {
  if (!context.hashedLists) return hashAll(matchKeys, countryCode, context);
  // The schema took the draft, so it has the list.
  const { matchKeys: list } = draft as { readonly matchKeys: object };
  const known = context.hashedLists.get(list) ?? new Map<string, CheckedDraft['matchKeys']>();
  context.hashedLists.set(list, known);
  const hashedKeys = known.get(countryCode) ?? hashAll(matchKeys, countryCode, context);
  known.set(countryCode, hashedKeys);
  return hashedKeys;
}

function hashAll(drafted: CheckedDraft['matchKeys'], country: string, context: MappingContext) {
  const matchKeys = drafted.map((key) => hashed(key, country, context));
  const isSent = (key: DraftedKey | undefined, place: number): key is DraftedKey =>
    key !== undefined && !isAmongFirst(matchKeys, place, key);
  // Nearly always: nothing to leave out, and no list to make.
  return matchKeys.every(isSent) ? matchKeys : matchKeys.filter(isSent);
}

/** @returns undefined for a match key of which nothing is left */
function hashed(key: DraftedKey, country: string, { matchKeyRules }: MappingContext): DraftedKey | undefined {
  const { type, values } = key;
  const value = hashMatchKey(type, values[0], country, matchKeyRules);
  if (value === undefined) return undefined;
  return value === values[0] ? key : { type, values: [value] };
}

function isAmongFirst(keys: readonly (MatchKey | undefined)[], count: number, { type, values }: MatchKey): boolean {
  for (let place = 0; place < count; place += 1) {
    const key = keys[place];
    if (key?.type === type && key.values[0] === values[0]) return true;
  }
  return false;
}

function renamed(issue: Issue, fieldNames: FieldNames): Issue {
  const place = fieldNames[issue.path];
  if (place !== undefined) return { ...issue, path: place };
  const [first = '', ...rest] = issue.path.split(/(?=[.[])/);
  const name = fieldNames[first];
  return name === undefined ? issue : { ...issue, path: [name, ...rest].join('') };
}
