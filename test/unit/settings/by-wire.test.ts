import { describe, expect, it } from 'vitest';
import { matchKeyRulesOf, maxEventAgeHoursOf } from '../../../src/settings/by-wire.js';

describe('defaults by wire', () => {
  it.each([
    ['events-manager-v1', 168, 'standard'],
    ['ads-api-v1', 504, 'amazon-events'],
  ] as const)('on %s events may be %i hours old and keys follow %s', (wire, hours, rules) => {
    expect(maxEventAgeHoursOf({}, wire)).toBe(hours);
    expect(matchKeyRulesOf({}, wire)).toBe(rules);
    expect(maxEventAgeHoursOf({ MAX_EVENT_AGE_HOURS: 24 }, wire)).toBe(24);
    expect(matchKeyRulesOf({ MATCH_KEY_RULES: ['amazon-ads'] }, wire)).toEqual(['amazon-ads']);
  });
});
