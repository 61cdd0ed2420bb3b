/**
 * Source `conversion`: the payload is the event itself, with match keys raw or already hashed.
 */
import type { MappingContext } from '../context.js';
import { finishEvent } from '../finish-event.js';
import { countryOrigin, fromPath, type Origins } from '../origin.js';
import { type Mapped, refuse } from '../refusal.js';

export function mapConversion(payload: unknown, context: MappingContext): Mapped[] {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return [refuse('invalid', '', 'must be an object: the event')];
  }
  const draft = withCountry(payload, context);
  return [finishEvent(draft, context, undefined, () => originsOf(payload, draft))];
}

/** Every field is the caller's own, under the same name. */
function originsOf(payload: object, draft: object): Origins {
  return {
    ...Object.fromEntries(Object.keys(payload).map((field) => [field, fromPath(field)] as const)),
    ...('matchKeys' in payload &&
      Array.isArray(payload.matchKeys) &&
      Object.fromEntries(
        payload.matchKeys.map(
          (_, index) => [`matchKeys[${index}]`, fromPath(`matchKeys[${index}].values[0]`, '')] as const,
        ),
      )),
    ...(draft !== payload && { countryCode: countryOrigin(undefined) }),
  };
}

function withCountry(payload: object, context: MappingContext): object {
  if (context.defaultCountry === undefined || 'countryCode' in payload) return payload;
  return { ...payload, countryCode: context.defaultCountry };
}
