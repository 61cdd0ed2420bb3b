/**
 * SIGTERM and SIGINT are heard from the program's first line on. Node.js's own answer is not enough: as process 1 of a
 * container a process without a listener does not hear them at all.
 *
 * Until a command answers for itself, a signal ends the process at once: nothing has begun that would have to be ended.
 */
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;
type StopSignal = keyof typeof SIGNALS;
const NAMES = ['SIGINT', 'SIGTERM'] as const satisfies readonly StopSignal[];

let codeAtStart: number | undefined;

function endAtOnce(signal: StopSignal): void {
  process.exit(codeAtStart ?? 128 + SIGNALS[signal]);
}

/** @param code what a signal ends the process with; 128 and the signal's number unless given */
export function hearSignals(code?: number): void {
  codeAtStart = code;
  for (const name of NAMES) process.on(name, endAtOnce);
}

/** From now on the command answers signals itself. */
export function answerSignals(): void {
  for (const name of NAMES) process.off(name, endAtOnce);
}

/** Resolves at the first signal; a second one ends the process with 1. */
export function untilSignalled(): Promise<void> {
  answerSignals();
  return new Promise((resolve) => {
    let isSignalled = false;
    const note = () => {
      if (isSignalled) process.exit(1);
      isSignalled = true;
      resolve();
    };
    for (const name of NAMES) process.on(name, note);
  });
}
