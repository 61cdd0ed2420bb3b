/**
 * The built program as processes, as an operator runs it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const CLI = new URL('../../dist/cli.js', import.meta.url).pathname;
const READY_WITHIN_MS = 20_000;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function run(args: readonly string[], environment: Record<string, string>, input = ''): Promise<Ended> {
  return begin(args, environment, input).ended;
}

/** Starts a command that ends by itself, for who wants to interrupt it. */
export function begin(
  args: readonly string[],
  environment: Record<string, string>,
  input: string | Buffer = '',
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [CLI, ...args], { env: clean(environment), stdio: 'pipe' });
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

/** After a test that failed halfway: what it started must not outlive it. */
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

  /** Starts a long-running command; resolves when it says that it is ready. */
  static async start(command: string, args: readonly string[], environment: Record<string, string>): Promise<Program> {
    const child = spawn(process.execPath, [CLI, command, ...args], {
      env: clean(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = new Program(child);
    running.add(program);
    child.stderr.on('data', (chunk: Buffer) => {
      program.log += chunk.toString();
    });
    const deadline = AbortSignal.timeout(READY_WITHIN_MS);
    const ready = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [, part, address] = /^(\S+) listening on (\S+)$/.exec(line) ?? [];
        if (part && address) program.addresses.set(part, address);
        if (line === `${command} ready`) resolve();
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

  /** Sends the signal and waits for the end; @returns the exit code, null where the signal ended it. */
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

/** Nothing of the caller's own settings may reach the program. */
function clean(environment: Record<string, string>): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', INTAKE_PORT: '0', METRICS_PORT: '0', ...environment };
}
