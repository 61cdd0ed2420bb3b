/**
 * A script as a person runs it in a terminal: in its own process group, all of which receives Ctrl-C.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from './world.js';

const SAID_WITHIN_MS = 90_000;

export class Terminal implements AsyncDisposable {
  readonly #child: ChildProcess;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], environment: Record<string, string> = {}) {
    const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', METRICS_PORT: '0', ...environment };
    this.#child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
  }

  async untilItSays(text: string): Promise<void> {
    await until(() => {
      const { exitCode } = this.#child;
      if (!this.stdout.includes(text)) throw new Error(`code ${exitCode}: ${this.stdout}${this.stderr}`);
    }, SAID_WITHIN_MS);
  }

  /** The variables of its `export` lines. */
  get exported(): Record<string, string> {
    return Object.fromEntries(
      [...this.stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
  }

  /** Ctrl-C. @returns the exit code */
  async interrupt(): Promise<number | null> {
    process.kill(-(this.#child.pid ?? 0), 'SIGINT');
    return this.ended();
  }

  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.interrupt();
  }
}
