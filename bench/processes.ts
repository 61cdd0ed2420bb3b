/**
 * The processes of a measurement: its own Redis, the sink, rivals and callers, and the built program.
 *
 * Promise: everything started through a `Stage` has ended when its `end` resolves, also after a failure.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type RedisServer, startServer } from '../scripts/redis.mjs';
import type { Usage } from './child.js';

/** The compiled file is in .tmp/bench/bench. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const READY_WITHIN_MS = 60_000;
/** What our Redis writes to disk. */
export const KEPT_LIKE_IN_PRODUCTION = [
  '--appendonly',
  'yes',
  '--appendfsync',
  'everysec',
  '--auto-aof-rewrite-percentage',
  '0',
] as const;

/** A process that can report its usage. */
export interface Measured {
  usage(): Promise<Usage>;
  end(): Promise<void>;
}

/** One of the bench's own processes. It does one task at a time. */
export class Helper implements Measured {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  async ask<T>(task: string, input: unknown = null): Promise<T> {
    const answer = answerOf<T>(this.#child);
    this.#child.send({ task, input });
    return answer;
  }

  usage(): Promise<Usage> {
    return this.ask<Usage>('usage');
  }

  async end(): Promise<void> {
    await endChild(this.#child);
  }
}

/** The built program. It reports its usage at /metrics. */
export class Program implements Measured {
  readonly #child: ChildProcess;
  readonly #addresses: ReadonlyMap<string, string>;

  constructor(child: ChildProcess, addresses: ReadonlyMap<string, string>) {
    this.#child = child;
    this.#addresses = addresses;
  }

  address(part: string): string {
    const address = this.#addresses.get(part);
    if (address === undefined) throw new Error(`nothing listens as ${part}`);
    return address;
  }

  async usage(): Promise<Usage> {
    const text = await (await fetch(`${this.address('metrics')}/metrics`)).text();
    const valueOf = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    return {
      cpuMicros: valueOf('process_cpu_seconds_total') * 1e6,
      residentBytes: valueOf('process_resident_memory_bytes'),
    };
  }

  async end(): Promise<void> {
    await endChild(this.#child);
  }
}

export class Stage {
  readonly redis: RedisServer;
  /** The folder for profiles of the program. Undefined for none. */
  readonly #profiles: string | undefined;
  readonly #started: Measured[] = [];

  private constructor(redis: RedisServer, profiles: string | undefined) {
    this.redis = redis;
    this.#profiles = profiles;
  }

  /** A new Redis with the persistence of production. Rewrites of its log are off: one would slow a single run only. */
  static async open(profiles?: string): Promise<Stage> {
    return new Stage(await startServer({ args: [...KEPT_LIKE_IN_PRODUCTION] }), profiles);
  }

  /** @param file in the bench's folder, without its extension */
  async start(file: string, config: object = {}): Promise<Helper> {
    const path = fileURLToPath(new URL(`${file}.js`, import.meta.url));
    const child = fork(path, [JSON.stringify(config)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const helper = new Helper(child);
    this.#started.unshift(helper);
    await answerOf(child);
    return helper;
  }

  async startProgram(command: 'worker' | 'intake', environment: Record<string, string>): Promise<Program> {
    const profile = this.#profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${this.#profiles}`];
    const child = spawn(process.execPath, [...profile, `${ROOT}dist/cli.js`, command], {
      env: { ...settingsOf(this.redis.url), ...environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const addresses = new Map<string, string>();
    const program = new Program(child, addresses);
    this.#started.unshift(program);
    const late = AbortSignal.timeout(READY_WITHIN_MS);
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [, part, address] = /^(\S+) listening on (\S+)$/.exec(line) ?? [];
        if (part && address) addresses.set(part, address);
        if (line === `${command} ready`) resolve();
      });
      child.once('exit', (code) => reject(new Error(`${command} ended with ${code}`)));
      late.addEventListener('abort', () => reject(new Error(`${command} was not ready in time`)));
    });
    return program;
  }

  async end(): Promise<void> {
    for (const process of this.#started) await process.end();
    await this.redis.stop();
  }
}

/** Runs a measurement on its own stage. */
export async function onStage<T>(profiles: string | undefined, measure: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await Stage.open(profiles);
  open.add(stage);
  try {
    return await measure(stage);
  } finally {
    open.delete(stage);
    await stage.end();
  }
}

const open = new Set<Stage>();

/** Used when the bench is stopped, so that no process outlives it. */
export async function endAllStages(): Promise<void> {
  await Promise.all([...open].map((stage) => stage.end()));
}

/** Defaults except for the addresses: the program is measured as it ships. */
function settingsOf(redisUrl: string): Record<string, string> {
  return {
    PATH: '',
    REDIS_URL: redisUrl,
    METRICS_PORT: '0',
    INTAKE_PORT: '0',
    AMAZON_ADS_PROFILE_ID: '1234567890',
    LWA_CLIENT_ID: 'client',
    LWA_CLIENT_SECRET: 'secret',
    LWA_REFRESH_TOKEN: 'refresh',
  };
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  const gone = once(child, 'exit', { signal: ended.signal }).then(() => {
    throw new Error(`${child.spawnargs[1]} ended before it answered`);
  });
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: ended.signal }), gone])) as [Answer<T>];
    if (message.error !== undefined) throw new Error(message.error);
    return message.result as T;
  } finally {
    ended.abort();
    gone.catch(() => undefined);
  }
}

interface Answer<T> {
  readonly result?: T;
  readonly error?: string;
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
