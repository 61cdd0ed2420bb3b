/**
 * Consent strings: what a banner writes (a TC string, a GPP string), and what is written when there is none.
 *
 * Only the form is checked: letters, digits, `-` and `_` in parts. So a word such as `yes` or an e-mail address is not accepted
 * as a customer's consent. The meaning is for Amazon to read. Never: returns the string in a fault.
 */
import type { EventFields } from './event.js';
import { type Fault, NO_FAULTS } from './refusal.js';
import { cleanText, isNothing } from './text.js';

type StringName = 'tcf' | 'gpp';

/** The core of a TC string has at least 36 characters, the shortest GPP string with a section 11. */
const MIN_LENGTH = 10;
const FORM: Readonly<Record<StringName, RegExp>> = {
  tcf: /^(?=.*[a-z])[\w-]+(?:\.[\w-]+)*$/i,
  gpp: /^(?=.*[a-z])[\w-]+(?:[.~][\w-]+)*$/i,
};
const TITLE: Readonly<Record<StringName, string>> = { tcf: 'TCF', gpp: 'GPP' };
const NAMES = ['tcf', 'gpp'] as const;
/** The header of a GPP string without a section: it says nothing. */
const NO_SECTION = /^DB[\w-]{1,6}$/;

/** @param consent any value; returned unchanged if there is nothing to remove */
export function withoutUnsetStrings(consent: unknown): unknown {
  if (typeof consent !== 'object' || consent === null || !('tcf' in consent || 'gpp' in consent)) return consent;
  const kept = Object.entries(consent).filter(([name, value]) => !isUnset(name, value));
  if (kept.length === Object.keys(consent).length) return consent;
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** `undefined`, `(not set)`, …; an empty string is a fault of the schema. */
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
