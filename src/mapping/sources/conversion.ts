/**
 * Source `conversion`: the payload is the event itself, with match keys raw or already hashed.
 */
import type { MappingContext } from '../context.js';
import { finishEvent } from '../finish-event.js';
import { type Mapped, refuse } from '../refusal.js';

export function mapConversion(payload: unknown, context: MappingContext): Mapped[] {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return [refuse('invalid', '', 'must be an object: the event')];
  }
  return [finishEvent(withCountry(payload, context), context)];
}

function withCountry(payload: object, context: MappingContext): object {
  if (context.defaultCountry === undefined || 'countryCode' in payload) return payload;
  return { ...payload, countryCode: context.defaultCountry };
}
