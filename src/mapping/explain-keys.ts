/**
 * Explains match keys: the result of each field of the customer under the rule sets in use and under the others, so that a reader
 * can compare the digests with what another system sent.
 *
 * Never: personal data in full.
 */
import type { MappingContext } from './context.js';
import type { Draft } from './draft.js';
import type { ConversionEvent } from './event.js';
import type { FieldExplanation } from './explanation.js';
import type { MatchKeyField } from './key-list.js';
import { maskMatchKey } from './mask.js';
import {
  describeMatchKey,
  isHashedType,
  MATCH_KEY_RULES,
  MAX_MATCH_KEYS,
  type MatchKeyRules,
  matchValuesOf,
  rulesIn,
} from './match-key.js';

/** The result of a field, and the rule sets that give it. */
interface Result {
  /** Undefined if nothing is left. */
  readonly value: string | undefined;
  readonly rules: readonly MatchKeyRules[];
  /** The results of the sets that are not in use. */
  readonly otherRules: Readonly<Partial<Record<MatchKeyRules, string>>>;
}

/** A row for each value that a field gives, or a row that says that it gives none. */
export function explainMatchKeys(
  event: ConversionEvent,
  draft: Draft,
  { matchKeyRules }: MappingContext,
): FieldExplanation[] {
  const inUse = rulesIn(matchKeyRules);
  const explained = new Set<number>();
  return draft.keys.fields.flatMap((field) => {
    const { type, value: raw, path, rule, country = event.countryCode } = field;
    return resultsOf(field, country, inUse).map(({ value, rules, otherRules }): FieldExplanation => {
      const index = event.matchKeys.findIndex((key) => key.type === type && key.values[0] === value);
      const ending = endingOf(value, index, explained);
      explained.add(index);
      const isGiven = value === raw.trim().toLowerCase();
      const steps = describeMatchKey(type, raw, country, rules);
      return {
        field: ending === 'sent' ? `matchKeys[${index}]` : 'matchKeys',
        from: draft.locate(path),
        rule: `${rule === undefined ? '' : `${rule}, `}${steps}${ENDINGS[ending]}`,
        value: isGiven && isHashedType(type) ? '(hashed)' : maskMatchKey(type, raw),
        matchKey: {
          type,
          outcome: ending === 'cut' ? ('left_out' as const) : ending,
          ...(value !== undefined && isHashedType(type) && { digest: value }),
          ...(!isGiven && Object.keys(otherRules).length > 0 && { otherRules }),
        },
      };
    });
  });
}

/** Each value of the sets in use, once. */
function resultsOf(field: MatchKeyField, country: string, inUse: readonly MatchKeyRules[]): Result[] {
  const { type, value: raw } = field;
  const valuesUnder = (rules: MatchKeyRules) => matchValuesOf(type, raw, country, rules);
  const others = isHashedType(type) ? MATCH_KEY_RULES.filter((rules) => !inUse.includes(rules)) : [];
  /** The address at this place, if a field has several e-mail addresses. */
  const othersAt = (place: number) =>
    Object.fromEntries(
      others.flatMap((rules) => {
        const value = valuesUnder(rules)[place];
        return value === undefined ? [] : [[rules, value]];
      }),
    );
  const results = new Map<string, Result>();
  for (const rules of inUse) {
    for (const [place, value] of valuesUnder(rules).entries()) {
      const known = results.get(value);
      results.set(value, {
        value,
        rules: [...new Set([...(known?.rules ?? []), rules])],
        otherRules: known?.otherRules ?? othersAt(place),
      });
    }
  }
  return results.size > 0 ? [...results.values()] : [{ value: undefined, rules: inUse, otherRules: othersAt(0) }];
}

function endingOf(value: string | undefined, index: number, explained: ReadonlySet<number>): keyof typeof ENDINGS {
  if (value === undefined) return 'left_out';
  if (index === -1) return 'cut';
  return explained.has(index) ? 'repeated' : 'sent';
}

const ENDINGS = {
  sent: '',
  repeated: '; the same as one above, sent once',
  left_out: '; nothing is left of it, so it is left out',
  cut: `; Amazon takes ${MAX_MATCH_KEYS} match keys, so it is left out`,
} as const;
