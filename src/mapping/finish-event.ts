/**
 * The last step of every mapping: a draft becomes an event, or a refusal with every fault.
 *
 * All sources pass through here, so limits, hashing and age hold for all of them alike.
 */
import type { MappingContext } from './context.js';
import { type ConversionEvent, draftSchema } from './event.js';
import { explainEvent } from './explain.js';
import { hashMatchKey, MAX_MATCH_KEYS, type MatchKey } from './match-key.js';
import type { Origins } from './origin.js';
import { type Issue, issuesOf, type Mapped, refuse } from './refusal.js';
import { epochMsOf } from './time.js';

/** How far ahead of our clock a source may be. */
const MAX_AHEAD_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;

/**
 * @param draft what a source's mapper made of the payload
 * @param fieldNames the caller's name for a draft's field (`countryCode`) or for one place in it
 *   (`matchKeys[0].values[0]`), so that a fault names the field the caller knows
 * @param originsOf where the draft's fields come from; called only where the event is to be explained
 */
export function finishEvent(
  draft: unknown,
  context: MappingContext,
  fieldNames: Readonly<Record<string, string>> = {},
  originsOf: () => Origins = () => ({}),
): Mapped {
  const checked = draftSchema.safeParse(draft);
  if (!checked.success) {
    return { ok: false, reason: 'invalid', issues: issuesOf(checked.error).map((issue) => renamed(issue, fieldNames)) };
  }
  const fields = checked.data;
  const drafted = fields.matchKeys;
  const timestampPath = fieldNames['timestamp'] ?? 'timestamp';
  const ageMs = context.nowMs - epochMsOf(fields.timestamp);
  if (ageMs > context.maxEventAgeHours * HOUR_MS) {
    return refuse('too_old', timestampPath, `is more than ${context.maxEventAgeHours} hours ago`);
  }
  if (ageMs < -MAX_AHEAD_MS) return refuse('in_future', timestampPath, 'is more than 10 minutes ahead of now');
  const consent = fields.consent ?? context.defaultConsent;
  if (context.isConsentRequired && consent === undefined) {
    return refuse('invalid', fieldNames['consent'] ?? 'consent', 'is required for EU accounts');
  }
  const matchKeys = hashAll(drafted, fields.countryCode, context);
  const matchKeysPath = fieldNames['matchKeys'] ?? 'matchKeys';
  if (matchKeys.length === 0) {
    return refuse('no_match_key', matchKeysPath, 'hold nothing to match a customer by');
  }
  if (matchKeys.length > MAX_MATCH_KEYS) {
    return refuse('invalid', matchKeysPath, `are ${matchKeys.length}; Amazon takes at most ${MAX_MATCH_KEYS}`);
  }
  // zod leaves absent optional fields out, so the event's JSON holds just what was said.
  const event: ConversionEvent = consent ? { ...fields, matchKeys, consent } : { ...fields, matchKeys };
  if (!context.isExplained) return { ok: true, event };
  return { ok: true, event, explanation: explainEvent(event, { draft, drafted, origins: originsOf(), context }) };
}

function hashAll(
  drafted: readonly { type: MatchKey['type']; values: readonly [string] }[],
  country: string,
  context: MappingContext,
): MatchKey[] {
  const matchKeys: MatchKey[] = [];
  for (const { type, values } of drafted) {
    const value = hashMatchKey(type, values[0], country, context.matchKeyRules);
    const isKnown = matchKeys.some((key) => key.type === type && key.values[0] === value);
    if (value !== undefined && !isKnown) matchKeys.push({ type, values: [value] });
  }
  return matchKeys;
}

function renamed(issue: Issue, fieldNames: Readonly<Record<string, string>>): Issue {
  const place = fieldNames[issue.path];
  if (place !== undefined) return { ...issue, path: place };
  const [first = '', ...rest] = issue.path.split(/(?=[.[])/);
  const name = fieldNames[first];
  return name === undefined ? issue : { ...issue, path: [name, ...rest].join('') };
}
