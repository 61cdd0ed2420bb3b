/**
 * Messages for values that a schema rejects, in place of the library's own. Pass them to each `safeParse` whose faults a person
 * reads. A rule with its own message keeps it.
 *
 * PURE. Never: the value.
 */
import type { z } from 'zod';

const KINDS: Readonly<Record<string, string>> = {
  string: 'text in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list: […]',
  object: 'an object: {…}',
  record: 'an object: {…}',
};

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };

const faultWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_value':
      return `must be ${listed(issue.values.map(String))}`;
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_format':
      return issue.format === 'url'
        ? 'must be a URL, such as https://example.com'
        : 'is not of the form that is wanted';
    case 'unrecognized_keys':
      return `does not know ${issue.keys.join(', ')}`;
    case 'too_big':
      return issue.maximum === Number.MAX_SAFE_INTEGER
        ? 'has more digits than a number keeps: write it as text in quotes'
        : `must be at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
    case 'too_small':
      return issue.origin === 'number' ? `must be at least ${issue.minimum}` : 'must not be empty';
    case 'invalid_union':
      return Array.isArray(issue.options) ? `must be ${listed(issue.options.map(String))}` : 'has no known form';
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
  }
  return undefined;
};

/** Options for `safeParse`. */
export const WORDED = { error: faultWords };

/** `a, b or c`. */
function listed(words: readonly string[]): string {
  return words.join(', ').replace(/, ([^,]*)$/, ' or $1');
}
