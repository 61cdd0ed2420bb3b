/** Rule set `standard`: that of the tagging guide and of Amazon's sample script. */
import type { Normaliser, RuleSet } from './rule-set.js';

const SPACE = /\s/;
const SPACES = /\s+/g;

// The text is already trimmed.
const lowered: Normaliser = { apply: (text) => text.toLowerCase(), steps: 'trim, lower-case' };
const spaced: Normaliser = {
  apply: (text) => {
    const lower = text.toLowerCase();
    return SPACE.test(lower) ? lower.replace(SPACES, ' ') : lower;
  },
  steps: 'trim, lower-case, single spaces',
};

export const standard: RuleSet = {
  EMAIL: lowered,
  PHONE: { apply: (e164) => e164, steps: '' },
  FIRST_NAME: spaced,
  LAST_NAME: spaced,
  ADDRESS: spaced,
  CITY: spaced,
  STATE: spaced,
  POSTAL: spaced,
};
