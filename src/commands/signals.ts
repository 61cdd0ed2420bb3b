/**
 * SIGTERM and SIGINT are heard from the program's first line on. Node.js's own answer is not enough: as process 1 of a
 * container a process without a listener does not hear them at all.
 *
 * One listener stays from the first line to the last; only what it calls changes. Node.js drops a signal that it has
 * received but not told yet when the last listener goes, so taking one off before the next is on would lose it.
 *
 * Until a command answers for itself, a signal ends the process at once: nothing has begun that would have to be ended.
 */
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;
type StopSignal = keyof typeof SIGNALS;
const NAMES = ['SIGINT', 'SIGTERM'] as const satisfies readonly StopSignal[];

let isListening = false;
let codeAtStart: number | undefined;
let answer: (signal: StopSignal) => void = endAtOnce;

function endAtOnce(signal: StopSignal): void {
  process.exit(codeAtStart ?? 128 + SIGNALS[signal]);
}

/** @param code what a signal ends the process with; 128 and the signal's number unless given */
export function hearSignals(code?: number): void {
  codeAtStart = code;
  if (isListening) return;
  isListening = true;
  for (const name of NAMES) process.on(name, (signal) => answer(signal as StopSignal));
}

/**
 * From now on the command answers signals itself.
 *
 * @param stop called at the first signal; @param again at each later one, ends the process at once unless given
 * @returns gives the answer back: a signal ends the process at once again
 */
export function answerSignals(stop: () => void, again: (signal: StopSignal) => void = endAtOnce): () => void {
  if (!isListening) hearSignals(codeAtStart);
  answer = () => {
    answer = again;
    stop();
  };
  return () => {
    answer = endAtOnce;
  };
}

/** Resolves at the first signal; a second one ends the process with 1. */
export function untilSignalled(): Promise<void> {
  return new Promise((resolve) => {
    answerSignals(resolve, () => process.exit(1));
  });
}
