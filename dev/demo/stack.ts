/**
 * The demo's processes: the real commands of this program, each a process on free loopback ports.
 *
 * Each has its own process group. A terminal sends Ctrl-C to its whole group, and a worker that stops while the demo
 * still counts would look like a failure.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 40_000;
const CLI = new URL('../../dist/cli.js', import.meta.url).pathname;

export type Variables = Readonly<Record<string, string>>;

export interface Running {
  /** Addresses by service: `sandbox`, `intake`, `metrics`. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly process: ChildProcess;
}

export class Stack {
  readonly #cwd: string | undefined;
  /** Logs and other files. Removed at the end unless kept. */
  readonly folder = mkdtempSync(join(tmpdir(), 'capi-demo-'));
  readonly #running: { readonly name: string; readonly child: ChildProcess }[] = [];
  /** Resolves when a process ends unexpectedly: its name, how it ended, and where its log is. */
  readonly died: Promise<string>;
  readonly #tellDeath: (text: string) => void;

  /** @param cwd where the commands run; by default a temporary folder without `.env` */
  constructor(cwd?: string) {
    this.#cwd = cwd;
    let tell: (text: string) => void = () => undefined;
    this.died = new Promise((resolve) => {
      tell = resolve;
    });
    this.#tellDeath = tell;
  }

  /** Resolves when the command prints that it is ready. Its log is written to a file in the folder. */
  async start(command: string, args: readonly string[], variables: Variables): Promise<Running> {
    const child = spawn(process.execPath, [CLI, command, ...args], {
      cwd: this.#cwd ?? this.folder,
      env: { ...process.env, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#running.push({ name: command, child });
    const logFile = join(this.folder, `${command}.log`);
    child.stderr.pipe(createWriteStream(logFile));
    let said = '';
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.startsWith('capi-forwarder: ')) said = line.slice('capi-forwarder: '.length);
    });
    child.once('close', (code, signal) => {
      // A process that was stopped on purpose is no longer in the list.
      if (!this.#running.some((running) => running.child === child)) return;
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      this.#tellDeath(`${command} ended ${how}${said === '' ? '' : `: ${said}`}. Its log: ${logFile}`);
    });
    const addresses = new Map<string, string>();
    let timer: NodeJS.Timeout | undefined;
    const ready = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [, part, address] = /^(\S+) listening on (\S+)$/.exec(line) ?? [];
        if (part && address) addresses.set(part, address);
        if (line === `${command} ready`) resolve();
      });
      child.once('close', (code) => {
        const why = said === '' ? `it ended with ${code}` : said;
        reject(new Error(`${command} did not start: ${why}. Its log: ${logFile}`));
      });
      timer = setTimeout(() => reject(new Error(`${command} did not start in time: see ${logFile}`)), START_WITHIN_MS);
    });
    await ready.finally(() => clearTimeout(timer));
    return { addresses, process: child };
  }

  /** Runs a command that ends. @param signal ends it early */
  async run(
    command: string,
    args: readonly string[],
    variables: Variables,
    signal?: AbortSignal,
  ): Promise<{ code: number; output: string }> {
    const child = spawn(process.execPath, [CLI, command, ...args], {
      cwd: this.#cwd ?? this.folder,
      // The user of the demo needs errors, not the log lines about a command's work.
      env: { ...process.env, LOG_LEVEL: 'warn', ...variables },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
      ...(signal && { signal }),
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [code] = await once(child, 'close');
    return { code: Number(code), output: Buffer.concat(chunks).toString('utf8').trim() };
  }

  /** Stops the processes in reverse order, gracefully. @returns those that did not end with 0 */
  async stop(isMeant: (name: string) => boolean = () => true): Promise<string[]> {
    const failed: string[] = [];
    for (const { name, child } of this.#running.toReversed()) {
      if (!isMeant(name)) continue;
      this.#running.splice(
        this.#running.findIndex((running) => running.child === child),
        1,
      );
      if (!(await endsCleanly(child))) failed.push(name);
    }
    return failed;
  }

  /** Ends all running processes at once. */
  kill(): void {
    for (const { child } of this.#running) child.kill('SIGKILL');
  }

  async removeFolder(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function endsCleanly(child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return false;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  const [code] = await exited;
  clearTimeout(timer);
  return code === 0;
}
