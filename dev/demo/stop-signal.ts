/**
 * Ctrl-C and similar signals: the first asks for an orderly stop, the second ends everything at once.
 */
import { answerSignals } from '../../src/commands/signals.js';

/** @param kill ends the running processes before this process ends */
export function listenForStop(kill: () => void): AbortSignal {
  const stop = new AbortController();
  const ask = () => {
    if (stop.signal.aborted) {
      kill();
      process.exit(1);
    }
    stop.abort();
  };
  answerSignals(ask, ask);
  // The terminal was closed.
  process.on('SIGHUP', ask);
  return stop.signal;
}
