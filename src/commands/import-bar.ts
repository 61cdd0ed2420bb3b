/**
 * The progress bar of an import. Nothing is drawn if there is no terminal.
 *
 * Percent and remaining time are based on the file's bytes (packed, for gzip), as the number of records is unknown. A
 * pipe has no size, so only counts are shown.
 */
import { Presets, SingleBar } from 'cli-progress';
import type { ImportReport } from '../producer/files/import.js';
import type { Input } from './input.js';

const REDRAWS_PER_SECOND = 5;

export class ImportBar {
  readonly #input: Input;
  readonly #bar: SingleBar;
  readonly #startedAtMs = performance.now();
  /** Where mapping started. Records of an earlier import are skipped much faster and would distort the rates. */
  #mapping: { readonly atMs: number; readonly bytes: number } | undefined;
  readonly #recordsBefore: number;

  constructor(input: Input, before: ImportReport = { records: 0, accepted: 0, refused: 0 }) {
    this.#input = input;
    this.#recordsBefore = before.records;
    const counts = '{rate}/s | accepted {accepted} | refused {refused}';
    const format = input.bytes === undefined ? counts : `{bar} {percentage}% | ${counts} | {left}`;
    const options = { format, barsize: 16, fps: REDRAWS_PER_SECOND, hideCursor: true, stream: process.stderr };
    this.#bar = new SingleBar(options, Presets.shades_classic);
    this.#bar.start(input.bytes ?? 0, 0, {
      rate: '-',
      accepted: numberText(before.accepted),
      refused: numberText(before.refused),
      left: '',
    });
  }

  update({ records, accepted, refused }: ImportReport): void {
    const now = performance.now();
    const bytes = this.#input.bytesRead();
    this.#mapping ??= { atMs: this.#recordsBefore > 0 ? now : this.#startedAtMs, bytes };
    const seconds = (now - this.#mapping.atMs) / 1000;
    const rate = seconds > 0 ? numberText(Math.round((records - this.#recordsBefore) / seconds)) : '-';
    const bytesPerSecond = (bytes - this.#mapping.bytes) / seconds;
    const left = ((this.#input.bytes ?? 0) - bytes) / bytesPerSecond;
    this.#bar.update(bytes, {
      rate,
      accepted: numberText(accepted),
      refused: numberText(refused),
      left: Number.isFinite(left) ? `${durationText(left)} left` : '',
    });
  }

  /** Everything was read. A small file may not have been drawn before. */
  finish(): void {
    this.#bar.update(this.#input.bytes ?? 0, { left: 'done' });
    this.stop();
  }

  stop(): void {
    this.#bar.stop();
  }
}

function numberText(count: number): string {
  return count.toLocaleString('en-US');
}

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
}
