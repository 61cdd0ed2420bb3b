/**
 * What a process prints when an uncaught error ends it: name, code and place, like every log line.
 *
 * Node itself prints the message and every property of the error. Redis's errors contain the command with its
 * arguments, which are events and passwords. Messages of other libraries may quote their input.
 */
import { describeError } from '../telemetry/describe-error.js';

/** Called once. The process still ends with code 1. */
export function reportCrashes(): void {
  process.setUncaughtExceptionCaptureCallback((error) => {
    process.stderr.write(`${JSON.stringify({ level: 60, event: 'process.crashed', error: describeError(error) })}\n`);
    process.exit(1);
  });
}
