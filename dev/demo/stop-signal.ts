/**
 * Ctrl-C and its like: the first asks for a stop in good order, the second ends everything at once.
 */
import { answerSignals } from '../../src/commands/signals.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @param kill ends what runs, before this process ends */
export function listenForStop(kill: () => void): AbortSignal {
  answerSignals();
  const stop = new AbortController();
  const ask = () => {
    if (stop.signal.aborted) {
      kill();
      process.exit(1);
    }
    stop.abort();
  };
  for (const signal of SIGNALS) process.on(signal, ask);
  return stop.signal;
}
