/**
 * Explains an event: for each field where it came from, which rule made it, and its value with personal data masked.
 *
 * Rows come from the finished event, not from the mappers' lists, so no field is passed over: one without an origin
 * says so. What the schema itself changed (a country's spelling, a time zone) is seen by comparing draft and event.
 * Never: personal data in full, and nothing of the payload that is not in the event or one of its match keys.
 */
import type { MappingContext } from './context.js';
import type { ConversionEvent } from './event.js';
import { maskIp, maskMatchKey } from './mask.js';
import { describeMatchKey, hashMatchKey, isHashedType, type MatchKey, type MatchKeyType } from './match-key.js';
import type { Origin, Origins } from './origin.js';

interface FieldExplanation extends Origin {
  /** The event's field, such as `value`, `consent.tcf` or `matchKeys[0]`. */
  readonly field: string;
  /** Masked where it is personal. */
  readonly value: string;
  readonly matchKey?: {
    readonly type: MatchKeyType;
    readonly outcome: 'sent' | 'repeated' | 'left_out';
    /** What Amazon gets, of hashed types alone. */
    readonly digest?: string;
  };
}

export type Explanation = readonly FieldExplanation[];

interface Finished {
  readonly draft: unknown;
  /** The draft's match keys, checked but not hashed. */
  readonly drafted: readonly { readonly type: MatchKeyType; readonly values: readonly [string] }[];
  readonly origins: Origins;
  readonly context: MappingContext;
}

// `.tcf` of `consent.tcf`, `[0]` of `customAttributes[0]`, or all of `value`.
const LAST_PART = /(^|\.)[^.[]+$|\[\d+\]$/;

const UNKNOWN: Origin = { from: null, rule: 'not explained' };

export function explainEvent(event: ConversionEvent, finished: Finished): Explanation {
  const { matchKeys, ...fields } = event;
  const rows = leavesOf(fields, '').map(({ field, value }) => {
    const { from, rule } = originOf(field, finished.origins);
    const step = stepOfSchema(field, value, finished.draft);
    return { field, from, rule: step === undefined ? rule : `${rule}, ${step}`, value: shown(field, value) };
  });
  return [...rows, ...explainMatchKeys(matchKeys, event.countryCode, finished)];
}

function explainMatchKeys(sent: readonly MatchKey[], country: string, finished: Finished): FieldExplanation[] {
  const { drafted, origins, context } = finished;
  const explained = new Set<number>();
  return drafted.map(({ type, values: [raw] }, place) => {
    const { from, rule } = originOf(`matchKeys[${place}]`, origins);
    const steps = describeMatchKey(type, raw, country, context.matchKeyRules);
    const value = hashMatchKey(type, raw, country, context.matchKeyRules);
    const index = sent.findIndex((key) => key.type === type && key.values[0] === value);
    const outcome = index === -1 ? 'left_out' : explained.has(index) ? 'repeated' : 'sent';
    explained.add(index);
    return {
      field: outcome === 'sent' ? `matchKeys[${index}]` : 'matchKeys',
      from,
      rule: `${rule === '' ? '' : `${rule}, `}${steps}${ENDINGS[outcome]}`,
      value: value === raw.trim().toLowerCase() && isHashedType(type) ? '(hashed)' : maskMatchKey(type, raw),
      matchKey: { type, outcome, ...(value !== undefined && isHashedType(type) && { digest: value }) },
    };
  });
}

const ENDINGS = {
  sent: '',
  repeated: '; the same as one above, sent once',
  left_out: '; nothing is left of it, so it is left out',
} as const;

interface Leaf {
  readonly field: string;
  readonly value: unknown;
}

function leavesOf(value: unknown, field: string): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((entry, index) => leavesOf(entry, `${field}[${index}]`));
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [{ field, value }];
  return Object.entries(value).flatMap(([name, entry]) => leavesOf(entry, field === '' ? name : `${field}.${name}`));
}

/** The origin of the field itself, or of the nearest thing that holds it. */
function originOf(field: string, origins: Origins): Origin {
  for (let holder = field; holder !== ''; holder = holder.replace(LAST_PART, '')) {
    const origin = origins[holder];
    if (origin)
      return origin.from === null ? origin : { ...origin, from: `${origin.from}${field.slice(holder.length)}` };
  }
  return UNKNOWN;
}

const STEPS_OF_SCHEMA: Readonly<Record<string, string>> = {
  name: 'trimmed',
  countryCode: 'to ISO alpha-2',
  timestamp: 'to ISO 8601 in UTC',
  currencyCode: 'upper-case',
};

function stepOfSchema(field: string, value: unknown, draft: unknown): string | undefined {
  // It has passed the schema, so it is an object.
  const before: unknown = Reflect.get(Object(draft), field);
  return before === value ? undefined : STEPS_OF_SCHEMA[field];
}

// Consent strings run to thousands of characters, and can identify a browser.
const CONSENT_SHOWN = 8;

function shown(field: string, value: unknown): string {
  const text = String(value);
  if (field === 'consent.geo.ipAddress') return maskIp(text);
  if (field === 'consent.tcf' || field === 'consent.gpp') return `${text.slice(0, CONSENT_SHOWN)}…`;
  return text;
}
