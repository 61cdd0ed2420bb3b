/**
 * Consent strings: what a banner writes (a TC string, a GPP string), and what stands where there is none.
 *
 * Only the form is checked: letters, digits, `-` and `_` in parts. So no word such as `yes` and no e-mail address passes for
 * a customer's consent. What the string says is Amazon's to read. Never: returns the string in a fault.
 */
import type { EventFields } from './event.js';
import { type Fault, NO_FAULTS } from './refusal.js';
import { cleanText, isNothing } from './text.js';

type StringName = 'tcf' | 'gpp';

/** The core of a TC string takes 36 characters and more, the shortest GPP string with a section 11. */
const MIN_LENGTH = 10;
const FORM: Readonly<Record<StringName, RegExp>> = {
  tcf: /^(?=.*[a-z])[\w-]+(?:\.[\w-]+)*$/i,
  gpp: /^(?=.*[a-z])[\w-]+(?:[.~][\w-]+)*$/i,
};
const TITLE: Readonly<Record<StringName, string>> = { tcf: 'TCF', gpp: 'GPP' };
const NAMES = ['tcf', 'gpp'] as const;
/** The header of a GPP string, without a section behind it: it says nothing. */
const NO_SECTION = /^DB[\w-]{1,6}$/;

/** @param consent of which nothing is known yet; given back as it is where there is nothing to take out */
export function withoutUnsetStrings(consent: unknown): unknown {
  if (typeof consent !== 'object' || consent === null || !('tcf' in consent || 'gpp' in consent)) return consent;
  const kept = Object.entries(consent).filter(([name, value]) => !isUnset(name, value));
  if (kept.length === Object.keys(consent).length) return consent;
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** `undefined`, `(not set)`, …; an empty one is a fault of the schema. */
function isUnset(name: string, value: unknown): boolean {
  if ((name !== 'tcf' && name !== 'gpp') || typeof value !== 'string') return false;
  const text = cleanText(value);
  return (text !== '' && isNothing(text)) || (name === 'gpp' && NO_SECTION.test(text));
}

export function faultsOfStrings(consent: EventFields['consent']): readonly Fault[] {
  if (consent === undefined) return NO_FAULTS;
  return NAMES.flatMap((name) => {
    const text = consent[name];
    if (text === undefined || (text.length >= MIN_LENGTH && FORM[name].test(text))) return [];
    return [{ reason: 'invalid', path: `consent.${name}`, message: `is no ${TITLE[name]} string` }];
  });
}
