/** Our messages for a value that a schema rejects, in place of the library's. Never: the value. */
import type { z } from 'zod';

const KINDS: Readonly<Record<string, string>> = {
  string: 'text in quotes',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list: […]',
  object: 'an object: {…}',
};

/** For `safeParse`. A schema with its own message keeps it. */
export const faultWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_value') return `must be ${listed(issue.values.map(String))}`;
  if (issue.code === 'invalid_type') {
    return issue.input === undefined ? 'is missing' : `must be ${KINDS[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === 'invalid_format' && issue.format === 'url') return 'must be a URL, such as https://example.com';
  if (issue.code === 'unrecognized_keys') return `does not know ${issue.keys.join(', ')}`;
  return issue.code === 'too_small' ? 'must not be empty' : undefined;
};

function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
