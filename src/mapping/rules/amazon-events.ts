/**
 * Rule set `amazon-events`: the intention of Amazon's own server-side tag (the Google Tag Manager template for its Events API),
 * without its bugs.
 *
 * The tag hashes values that normalise to nothing, reads `+1 415 …` of a British order as a British number, replaces parts of
 * words, and cuts unknown state names to two letters. Here such a value is left out, read correctly or left whole;
 * test/vectors/match-keys-server-tag.json says case by case what the tag does and what was decided.
 */
import { normaliseAddress } from './address.js';
import { fold } from './fold.js';
import type { Normaliser, RuleSet } from './rule-set.js';
import { stateCode } from './state.js';

const NO_EMAIL_CHARACTER = /[^a-z0-9.@_-]/g;
const NO_LETTER = /[^a-z]/g;
const NO_LETTER_OR_DIGIT = /[^a-z0-9]/g;
const HAS_LETTER = /\p{L}/u;
const ONE_ADDRESS = /^[^@,;|<>\uFFFD]+@[^@,;|<>\uFFFD]+$/;
/** Countries whose postal codes are ZIP codes: the part after the dash is a part of a street. */
const ZIP_COUNTRIES: ReadonlySet<string> = new Set(['US', 'PR', 'GU', 'VI', 'AS', 'MP']);

const name: Normaliser = {
  apply: (text) => fold(text).replace(NO_LETTER, ''),
  steps: 'lower-case, accents off, a-z only',
};

export const amazonEvents: RuleSet = {
  EMAIL: {
    apply: (text) => text.toLowerCase().replace(NO_EMAIL_CHARACTER, ''),
    steps: 'lower-case, a-z, 0-9, point, @, _ and - only',
    readLoosely: (raw) => (ONE_ADDRESS.test(raw) ? raw : ''),
  },
  PHONE: { apply: (e164) => e164.replace('+', ''), steps: ', digits only' },
  FIRST_NAME: name,
  LAST_NAME: name,
  ADDRESS: {
    apply: (text, country) => withLetters(normaliseAddress(text, country), text),
    steps: 'lower-case, accents off, words to their postal abbreviations, a-z and 0-9 only',
  },
  CITY: {
    apply: (text) => withLetters(fold(text).replace(NO_LETTER_OR_DIGIT, ''), text),
    steps: 'lower-case, accents off, a-z and 0-9 only',
  },
  STATE: {
    apply: (text, country) => stateCode(text, country).replace(NO_LETTER_OR_DIGIT, ''),
    steps: 'to the state’s code where it has one, a-z and 0-9 only',
  },
  POSTAL: {
    apply: (text, country) =>
      fold(ZIP_COUNTRIES.has(country) ? beforeDash(text) : text).replace(NO_LETTER_OR_DIGIT, ''),
    steps: 'lower-case, in the US up to the dash, a-z and 0-9 only',
  },
};

/** Only digits are left of `渋谷区1-2-3`, which many addresses share. */
function withLetters(normalised: string, text: string): string {
  return /[a-z]/.test(normalised) || !HAS_LETTER.test(text) ? normalised : '';
}

function beforeDash(text: string): string {
  const dash = text.indexOf('-');
  return dash === -1 ? text : text.slice(0, dash);
}
