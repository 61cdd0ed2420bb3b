/**
 * Errors in a form that may be logged: name, code and place of an error and of its causes. Messages of other libraries
 * may quote payloads and passwords, so they are left out.
 */

import { causeOf, redisCodeOf } from './redis-error.js';
import { visibleText } from './visible-text.js';

/** Further causes are left out. They may form a circle. */
const CAUSES_MAX = 5;

/** BullMQ's refusals to move a job, by its `ErrorCode`. Other numbers belong to features that we do not use. */
const BULLMQ_CODES: Readonly<Record<number, string>> = {
  [-1]: 'JOB_IS_GONE',
  [-2]: 'JOB_LOCK_EXPIRED',
  [-3]: 'JOB_IN_ANOTHER_STATE',
  [-6]: 'JOB_LOCK_OF_ANOTHER_WORKER',
};

export function describeError(
  error: unknown,
  causesLeft = CAUSES_MAX,
): { name: string; code?: string; at?: string; cause?: object } {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = codeOf(error) ?? redisCodeOf(error);
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

/**
 * Node.js has words for codes, BullMQ numbers. Without this, a lost lock would only show as an error of
 * `finishedErrors`.
 */
function codeOf(error: Error): string | undefined {
  if (!('code' in error)) return undefined;
  if (typeof error.code === 'string') return error.code;
  return typeof error.code === 'number' ? BULLMQ_CODES[error.code] : undefined;
}

/** The first frame of the stack. The message before it may look like frames itself, so it is removed first. */
function placeOf({ stack = '', message }: Error): string | undefined {
  const start = stack.indexOf(message);
  if (start < 0 || !/^[\w .[\]]*(: )?$/.test(stack.slice(0, start))) return undefined;
  const rest = message === '' ? stack.replace(/^[\w .[\]]*(: )?/, '') : stack.slice(start + message.length);
  return /^\n {4}(at .+(?::\d+:\d+|<anonymous>)\)?)(?:\n|$)/.exec(rest)?.[1];
}
