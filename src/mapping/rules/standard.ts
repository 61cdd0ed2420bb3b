/** Rule set `standard`: the tagging guide's and Amazon's sample script's. */
import type { Normaliser, RuleSet } from './rule-set.js';

const SPACE = /\s/;
const SPACES = /\s+/g;

// What comes here is trimmed.
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
