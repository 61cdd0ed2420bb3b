/**
 * Explains an event: for each field its origin, the rule that made it, and its value with personal data masked.
 *
 * Rows come from the finished event, not from the mappers' lists, so no field is missed: a field without an origin says so.
 * Changes by the schema itself (a country's spelling, a time zone) are found by comparing draft and event. Never: personal data
 * in full, and nothing of the payload that is not in the event or one of its match keys.
 */
import type { MappingContext } from './context.js';
import type { Draft } from './draft.js';
import type { ConversionEvent } from './event.js';
import { explainMatchKeys } from './explain-keys.js';
import type { Explanation } from './explanation.js';
import { maskIp } from './mask.js';
import type { Origin, Origins } from './origin.js';

// `.tcf` of `consent.tcf`, `[0]` of `customAttributes[0]`, or all of `value`.
const LAST_PART = /(^|\.)[^.[]+$|\[\d+\]$/;

const UNKNOWN: Origin = { from: null, rule: 'not explained' };

export function explainEvent(event: ConversionEvent, draft: Draft, context: MappingContext): Explanation {
  const { matchKeys: _, ...fields } = event;
  const origins = draft.originsOf();
  const rows = leavesOf(fields, '').map(({ field, value }) => {
    const { from, rule } = originOf(field, origins);
    const step = stepOfSchema(field, value, draft.fields);
    return { field, from, rule: step === undefined ? rule : `${rule}, ${step}`, value: shown(field, value) };
  });
  return [...rows, ...explainMatchKeys(event, draft, context)];
}

interface Leaf {
  readonly field: string;
  readonly value: unknown;
}

function leavesOf(value: unknown, field: string): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((entry, index) => leavesOf(entry, `${field}[${index}]`));
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [{ field, value }];
  return Object.entries(value).flatMap(([name, entry]) => leavesOf(entry, field === '' ? name : `${field}.${name}`));
}

/** The origin of the field itself, or of its nearest parent. */
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

// Consent strings have up to thousands of characters, and can identify a browser.
const CONSENT_SHOWN = 8;

function shown(field: string, value: unknown): string {
  const text = String(value);
  if (field === 'consent.geo.ipAddress') return maskIp(text);
  if (field === 'consent.tcf' || field === 'consent.gpp') return `${text.slice(0, CONSENT_SHOWN)}…`;
  return text;
}
