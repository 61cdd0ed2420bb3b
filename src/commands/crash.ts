/**
 * What a process says when a fault that nobody caught ends it: name, code and place, like every log line.
 *
 * Node itself prints the message and every property of the error. Redis's errors carry the command with its arguments,
 * which are events and passwords; messages of foreign errors may quote what they choked on.
 */
import { describeError } from '../telemetry/describe-error.js';

/** From now on; the process still ends with code 1. */
export function reportCrashes(): void {
  process.setUncaughtExceptionCaptureCallback((error) => {
    process.stderr.write(`${JSON.stringify({ level: 60, event: 'process.crashed', error: describeError(error) })}\n`);
    process.exit(1);
  });
}
