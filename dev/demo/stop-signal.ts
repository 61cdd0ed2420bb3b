/**
 * Ctrl-C and its like: the first asks for a stop in good order, the second ends everything at once.
 */
import { answerSignals } from '../../src/commands/signals.js';

/** @param kill ends what runs, before this process ends */
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
  // A terminal that is closed.
  process.on('SIGHUP', ask);
  return stop.signal;
}
