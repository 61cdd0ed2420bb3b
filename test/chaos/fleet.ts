/**
 * The fleet: the built program as processes (intake, three workers, sandbox), a Redis that writes to disk before it
 * acknowledges (`appendfsync always`), and a cable between each two of them.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Cable } from '../support/cable.js';
import { Program } from '../support/program.js';
import { type FleetRedis, startSingle } from './fleet-redis.js';
import type { Journal } from './journal.js';
import { LINES, WORKERS } from './schedule.js';

const CLOCK = new URL('shifted-clock.mjs', import.meta.url).href;
/** A process that starts while Redis is down waits for it, and several outages may follow each other. */
const READY_WITHIN_MS = 90_000;
export const ACCOUNT = 'default';

/** Short times, so that much happens in a minute. Other settings have their defaults. */
const SETTINGS = {
  AMAZON_ADS_PROFILE_ID: '1234567890',
  LWA_CLIENT_SECRET: 'secret',
  LWA_REFRESH_TOKEN: 'refresh',
  BATCH_MAX_EVENTS: '60',
  BATCH_LINGER_MS: '50',
  BATCHES_IN_FLIGHT: '3',
  EVENTS_PER_JOB: '20',
  RETRY_BASE_DELAY_MS: '50',
  RETRY_MAX_DELAY_MS: '1000',
  RETRY_MAX_ATTEMPTS: '12',
  REQUEST_TIMEOUT_MS: '1500',
  SHUTDOWN_TIMEOUT_MS: '8000',
  INTAKE_API_KEYS: 'chaos=the-key-of-the-shop',
};

export class Fleet {
  readonly folder = mkdtempSync(join(tmpdir(), 'capi-chaos-'));
  readonly cables = new Map<string, Cable>();
  readonly journal: Journal;
  readonly workers: (Program | undefined)[] = [];
  intake: Program | undefined;
  #intakePort = '0';
  #sandbox: Program | undefined;
  #redis: FleetRedis | undefined;
  readonly #startRedis: () => Promise<FleetRedis>;
  readonly #settings: Readonly<Record<string, string>>;
  /** The end of the last action on each part: two faults of one part run one after the other. */
  readonly #busy = new Map<string, Promise<void>>();

  /** @param startRedis by default one server */
  constructor(journal: Journal, settings: Readonly<Record<string, string>> = {}, startRedis = startSingle) {
    this.journal = journal;
    this.#settings = settings;
    this.#startRedis = startRedis;
  }

  async start(): Promise<void> {
    this.#redis = await this.#startRedis();
    this.#sandbox = await Program.start('sandbox', ['--port', '0'], {});
    for (const line of LINES.filter((name) => name !== 'client-intake')) {
      if (line.endsWith('-redis') && !this.#redis.isCabled) continue;
      this.cables.set(line, await Cable.to(line.endsWith('-redis') ? this.redisUrl : this.sandboxUrl));
    }
    await this.startIntake();
    this.cables.set('client-intake', await Cable.to(this.intake?.address('intake') ?? ''));
    await Promise.all(Array.from({ length: WORKERS }, (_, worker) => this.startWorker(worker)));
  }

  get redis(): FleetRedis {
    if (!this.#redis) throw new Error('Redis was not started');
    return this.#redis;
  }

  get redisUrl(): string {
    return this.redis.url;
  }

  get sandboxUrl(): string {
    if (!this.#sandbox) throw new Error('the sandbox was not started');
    return this.#sandbox.address('sandbox');
  }

  /** The metrics addresses of all processes that export any. */
  get metricsUrls(): string[] {
    return [this.intake, ...this.workers].flatMap((program) =>
      program ? [`${program.address('metrics')}/metrics`] : [],
    );
  }

  cable(line: string): Cable {
    const cable = this.cables.get(line);
    if (!cable) throw new Error(`no cable ${line}`);
    return cable;
  }

  async startIntake(): Promise<void> {
    this.intake = await Program.start(
      'intake',
      [],
      {
        ...SETTINGS,
        ...this.#settings,
        ...this.#amazon('intake', this.sandboxUrl),
        REDIS_URL: this.#redisUrlBy('intake-redis'),
        INTAKE_PORT: this.#intakePort,
      },
      READY_WITHIN_MS,
    );
    this.#intakePort = new URL(this.intake.address('intake')).port;
  }

  async startWorker(worker: number): Promise<void> {
    const program = await Program.start(
      'worker',
      [],
      {
        ...SETTINGS,
        ...this.#settings,
        ...this.#amazon(`worker${worker}`, this.cable(`worker${worker}-amazon`).url),
        REDIS_URL: this.#redisUrlBy(`worker${worker}-redis`),
        NODE_OPTIONS: `--import ${CLOCK}`,
        CHAOS_CLOCK_FILE: this.#clockFile(worker),
      },
      READY_WITHIN_MS,
    );
    if (program.child.stderr) {
      createInterface({ input: program.child.stderr }).on('line', (line) => this.journal.takeLine(worker, line));
    }
    this.workers[worker] = program;
  }

  /** For commands that end, such as a replay: connected to Redis without a cable. */
  get environment(): Record<string, string> {
    return { ...SETTINGS, ...this.#amazon('cli', this.sandboxUrl), REDIS_URL: this.redisUrl };
  }

  setClock(worker: number, offsetMs: number): void {
    writeFileSync(this.#clockFile(worker), String(offsetMs));
  }

  async post(path: string, body: object): Promise<void> {
    const response = await fetch(this.sandboxUrl + path, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the sandbox refused ${path}: ${response.status}`);
  }

  async clearFaults(): Promise<void> {
    await fetch(`${this.sandboxUrl}/sandbox/faults`, { method: 'DELETE' });
  }

  /** Runs when no other action on this part is running. */
  inTurn(part: string, act: () => Promise<void>): Promise<void> {
    const done = (this.#busy.get(part) ?? Promise.resolve()).then(act);
    this.#busy.set(
      part,
      done.catch(() => undefined),
    );
    return done;
  }

  async stop(): Promise<void> {
    const programs = [this.intake, ...this.workers, this.#sandbox].filter((program) => program !== undefined);
    await Promise.all(programs.map((program) => program.end('SIGKILL')));
    await Promise.all([...this.cables.values()].map((cable) => cable.cut()));
    await this.#redis?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #redisUrlBy(line: string): string {
    return this.cables.get(line)?.url ?? this.redisUrl;
  }

  #amazon(client: string, url: string): Record<string, string> {
    const endpoint = url.replace(/\/$/, '');
    return { AMAZON_ADS_ENDPOINT: endpoint, LWA_TOKEN_URL: `${endpoint}/auth/o2/token`, LWA_CLIENT_ID: client };
  }

  #clockFile(worker: number): string {
    return join(this.folder, `clock-${worker}`);
  }
}
