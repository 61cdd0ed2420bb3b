/**
 * The built program as processes, as an operator runs it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const CLI = new URL('../../dist/cli.js', import.meta.url).pathname;
const READY_WITHIN_MS = 60_000;
const LISTENING = /^(\S+) listening on (\S+)$/;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export function run(
  args: readonly string[],
  environment: Record<string, string>,
  input: string | Buffer = '',
): Promise<Ended> {
  return begin(args, environment, input).ended;
}

/** The same with a working directory, which may have a `.env`. */
export function runIn(folder: string, args: readonly string[], environment: Record<string, string>): Promise<Ended> {
  return beginNode([CLI, ...args], environment, '', folder).ended;
}

/** Starts a command that ends by itself, so that a test can interrupt it. */
export function begin(
  args: readonly string[],
  environment: Record<string, string>,
  input: string | Buffer = '',
): Begun {
  return beginNode([CLI, ...args], environment, input);
}

/** Runs any script to its end: its file, then its arguments. */
export function runNode(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  return beginNode(args, environment, '').ended;
}

interface Begun {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

function beginNode(
  args: readonly string[],
  environment: Record<string, string>,
  input: string | Buffer,
  cwd = process.cwd(),
): Begun {
  const child = spawn(process.execPath, [...args], { env: clean(environment), stdio: 'pipe', cwd });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  return { child, ended };
}

const running = new Set<Program>();

/** Called after each test, so that nothing outlives a failed one. */
export async function endAllPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.end('SIGKILL')));
}

export class Program {
  readonly addresses = new Map<string, string>();
  readonly child: ChildProcess;
  log = '';

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  /** Starts a long-running command. Resolves when it says that it is ready. */
  static start(
    command: string,
    args: readonly string[],
    environment: Record<string, string>,
    readyWithinMs = READY_WITHIN_MS,
  ): Promise<Program> {
    return Program.#start([CLI, command, ...args], environment, (line) => line === `${command} ready`, readyWithinMs);
  }

  /** Starts a server of any kind. Resolves when it prints its address. */
  static startServer(file: string, environment: Record<string, string>): Promise<Program> {
    return Program.#start([file], environment, (line) => LISTENING.test(line));
  }

  static async #start(
    args: readonly [string, ...string[]],
    environment: Record<string, string>,
    saysReady: (line: string) => boolean,
    readyWithinMs = READY_WITHIN_MS,
  ): Promise<Program> {
    const command = args.slice(0, 2).join(' ');
    const child = spawn(process.execPath, args, {
      env: clean(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = new Program(child);
    running.add(program);
    child.stderr.on('data', (chunk: Buffer) => {
      program.log += chunk.toString();
    });
    const deadline = AbortSignal.timeout(readyWithinMs);
    const ready = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [, part, address] = LISTENING.exec(line) ?? [];
        if (part && address) program.addresses.set(part, address);
        if (saysReady(line)) resolve();
      });
      child.once('exit', (code) => reject(new Error(`${command} ended with ${code}: ${program.log}`)));
      deadline.addEventListener('abort', () => reject(new Error(`${command} was not ready in time: ${program.log}`)));
    });
    await ready;
    return program;
  }

  address(part: string): string {
    const address = this.addresses.get(part);
    if (address === undefined) throw new Error(`nothing listens as ${part}`);
    return address;
  }

  /** Sends the signal and waits for the end. @returns the exit code, null if the signal ended it */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.kill(signal);
      await exited;
    }
    running.delete(this);
    return this.child.exitCode;
  }
}

/** The caller's own settings must not reach the program. */
function clean(environment: Record<string, string>): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', INTAKE_PORT: '0', METRICS_PORT: '0', ...environment };
}
