/**
 * SIGTERM and SIGINT are handled from the program's first line on. Node.js's default is not enough: as process 1 of a
 * container, a process without a listener ignores them.
 *
 * One listener stays for the whole run; only the function it calls changes. Node.js drops a pending signal when its
 * last listener is removed, so removing one before adding the next would lose the signal.
 *
 * Until a command handles signals itself, a signal ends the process at once: nothing has started yet.
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

/** @param code the exit code after a signal; by default 128 plus the signal's number */
export function hearSignals(code?: number): void {
  codeAtStart = code;
  if (isListening) return;
  isListening = true;
  for (const name of NAMES) process.on(name, (signal) => answer(signal as StopSignal));
}

/**
 * From now on the command handles signals itself.
 *
 * @param stop called at the first signal; @param again at each later one, by default ends the process at once
 * @returns a function that restores the default: a signal ends the process at once
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

/** Resolves at the first signal. A second one ends the process with 1. */
export function untilSignalled(): Promise<void> {
  return new Promise((resolve) => {
    answerSignals(resolve, () => process.exit(1));
  });
}
