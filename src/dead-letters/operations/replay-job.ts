/**
 * Jobs that a replay puts on the queue. Their ids name the operation, so that a settling can report outcomes to it, and so that
 * events that become dead letters again can be found.
 *
 * PURE.
 */
import type { LetterFilter } from '../filter.js';
import type { Run } from './operation-store.js';

/** @param step number of the step in its run: no two jobs of an operation have the same id, whoever runs it */
export function replayJobId({ id, runner }: Run, step: number): string {
  return `replay-${id}-${runner}-${step.toString(36)}`;
}

/** The operation of a job; undefined if no replay wrote it. */
export function operationOfJob(jobId: string): string | undefined {
  return /^replay-([0-9a-f]+)-[0-9a-f]+-/.exec(jobId)?.[1];
}

/** Events that became dead letters again after this operation: a letter's id begins with its job's. */
export function diedAgainFilter(operationId: string): LetterFilter & { readonly text: string } {
  return { text: `replay-${operationId}-` };
}

/** The operation that a filter's text names. */
export function operationOfText(text: string): string | undefined {
  return /^replay-([0-9a-f]+)-$/.exec(text)?.[1];
}

/**
 * Lua: counts events of a job in the record of its operation and marks them in its list. The record may be gone; the list names a
 * limited number of events. Needs `accountPrefix`, which ends with a colon.
 */
export const TELL_OPERATION_LUA = `
local function recordOf(jobKey)
  local operation = string.match(jobKey, ':replay%-(%x+)%-%x+%-')
  if not operation then return nil end
  local record = accountPrefix .. 'operation:' .. operation
  return redis.call('EXISTS', record) == 1 and record or nil
end`;
