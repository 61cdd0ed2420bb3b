/** The progress bar of an operation, on a terminal. */
import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../../dead-letters/operations/execute-operation.js';

const REDRAWS_PER_SECOND = 5;

export class OperationBar {
  readonly #bar = new SingleBar(
    {
      format: '{bar} {percentage}% | {value} of {total} | {stay} stay | {eta_formatted} left',
      barsize: 16,
      fps: REDRAWS_PER_SECOND,
      hideCursor: true,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  #isDrawn = false;

  update({ total, done, skipped }: Progress): void {
    if (!this.#isDrawn) this.#bar.start(total, 0, { stay: 0 });
    this.#isDrawn = true;
    this.#bar.update(done, { stay: skipped });
  }

  stop(): void {
    if (this.#isDrawn) this.#bar.stop();
    this.#isDrawn = false;
  }
}
