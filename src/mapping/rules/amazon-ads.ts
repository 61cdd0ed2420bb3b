/** Rule set `amazon-ads`: that of the connectors that Amazon writes for other platforms. */
import type { Normaliser, RuleSet } from './rule-set.js';

const alphanumeric: Normaliser = {
  apply: (text) => text.toLowerCase().replace(/[^a-z0-9]/g, ''),
  steps: 'lower-case, a-z and 0-9 only',
};

export const amazonAds: RuleSet = {
  EMAIL: {
    apply: (text) => text.toLowerCase().replace(/[^a-z0-9.@+-]/g, ''),
    steps: 'lower-case, a-z, 0-9, point, @, + and - only',
  },
  PHONE: { apply: (e164) => e164.replace('+', ''), steps: ', digits only' },
  FIRST_NAME: alphanumeric,
  LAST_NAME: alphanumeric,
  ADDRESS: alphanumeric,
  CITY: alphanumeric,
  STATE: alphanumeric,
  POSTAL: { apply: (text) => text.toLowerCase().replace(/\s+/g, ''), steps: 'lower-case, no spaces' },
};
