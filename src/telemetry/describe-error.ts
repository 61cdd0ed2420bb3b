/**
 * Errors as they may be written down: name, code and place of an error and of its causes. Messages of foreign errors may
 * quote payloads and passwords: they stay out.
 */

import { causeOf, redisCodeOf } from './redis-error.js';
import { visibleText } from './visible-text.js';

/** Causes beyond this are left out; they may go round in a circle. */
const CAUSES_MAX = 5;

export function describeError(
  error: unknown,
  causesLeft = CAUSES_MAX,
): { name: string; code?: string; at?: string; cause?: object } {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : redisCodeOf(error);
  const at = placeOf(error);
  const cause = causeOf(error);
  const hasCause = cause !== undefined && causesLeft > 0;
  return {
    name: visibleText(error.name),
    ...(code !== undefined && { code: visibleText(code) }),
    ...(at !== undefined && { at: visibleText(at) }),
    ...(hasCause && { cause: describeError(cause, causesLeft - 1) }),
  };
}

/** The first frame of the stack. A message stands before it and may look like frames itself: it is cut off first. */
function placeOf({ stack = '', message }: Error): string | undefined {
  const start = stack.indexOf(message);
  if (start < 0 || !/^[\w .[\]]*(: )?$/.test(stack.slice(0, start))) return undefined;
  const rest = message === '' ? stack.replace(/^[\w .[\]]*(: )?/, '') : stack.slice(start + message.length);
  return /^\n {4}(at .+(?::\d+:\d+|<anonymous>)\)?)(?:\n|$)/.exec(rest)?.[1];
}
