/**
 * The whole forwarder, observed by a real Prometheus: sandbox, intake, workers, and a way to wait for what an operator
 * would see. Whoever opens it closes it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conversionPayload } from './events.js';
import { Program } from './program.js';
import { Prometheus } from './prometheus.js';
import { until } from './world.js';

/** Enough for a busy machine. */
const WITHIN_MS = 300_000;
/** How long an action has to show before it is repeated. */
const REPEAT_AFTER_MS = 15_000;

interface Rule {
  readonly name: string;
  readonly type: string;
  readonly health: string;
  readonly state: string;
}

interface ObservedOptions {
  readonly accounts: readonly string[];
  readonly redisUrl: string;
  /** Another way to the same Redis, for the workers only. */
  readonly workerRedisUrl?: string;
  readonly workers: number;
  readonly ruleFiles: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export class Observed {
  readonly #folder: string;
  readonly sandbox: Program;
  readonly intake: Program;
  readonly workers: Program[];
  readonly prometheus: Prometheus;
  readonly environment: Readonly<Record<string, string>>;
  readonly #workerEnvironment: Record<string, string>;

  private constructor(
    folder: string,
    programs: { sandbox: Program; intake: Program; workers: Program[]; prometheus: Prometheus },
    environment: Record<string, string>,
    workerEnvironment: Record<string, string>,
  ) {
    this.#folder = folder;
    this.sandbox = programs.sandbox;
    this.intake = programs.intake;
    this.workers = programs.workers;
    this.prometheus = programs.prometheus;
    this.environment = environment;
    this.#workerEnvironment = workerEnvironment;
  }

  /** Resolves when Prometheus has scraped everything: a first increase is visible only if the 0 before it was seen. */
  static async open(options: ObservedOptions): Promise<Observed> {
    const { accounts, redisUrl, workerRedisUrl = redisUrl, ruleFiles } = options;
    const folder = await mkdtemp(join(tmpdir(), 'capi-observed-'));
    const sandbox = await Program.start('sandbox', ['--port', '0'], {});
    const url = sandbox.address('sandbox');
    const accountsFile = join(folder, 'accounts.json');
    const entries = accounts.map((name, place) => ({
      name,
      endpoint: url,
      tokenUrl: `${url}/auth/o2/token`,
      profileId: String(place + 1),
      clientId: 'c',
      clientSecret: 's',
      refreshToken: 'r',
      // Only the first account, as a secret names its account.
      shopifyWebhookSecret: place === 0 ? 'secret of the webhooks of Shopify' : undefined,
    }));
    await writeFile(accountsFile, JSON.stringify({ accounts: entries }));
    const environment = { ...options.environment, REDIS_URL: redisUrl, ACCOUNTS_FILE: accountsFile };
    const workerEnvironment = { ...environment, REDIS_URL: workerRedisUrl };
    const intake = await Program.start('intake', [], environment);
    const workers: Program[] = [];
    for (let count = 0; count < options.workers; count += 1) {
      workers.push(await Program.start('worker', [], workerEnvironment));
    }
    const jobs = {
      'capi-worker': workers.map((worker) => worker.address('metrics')),
      'capi-intake': [intake.address('metrics')],
    };
    const prometheus = await Prometheus.start(jobs, ruleFiles);
    const observed = new Observed(folder, { sandbox, intake, workers, prometheus }, environment, workerEnvironment);
    await observed.untilAtLeast(options.workers + 1, 'sum(up)');
    return observed;
  }

  /** A worker in place of one that ended, at the address that Prometheus knows. */
  async startWorker(like: Program): Promise<void> {
    const METRICS_PORT = new URL(like.address('metrics')).port;
    this.workers.push(await Program.start('worker', [], { ...this.#workerEnvironment, METRICS_PORT }));
  }

  post(account: string, ids: readonly string[], overrides: object = {}): Promise<Response> {
    const timestamp = new Date().toISOString();
    const events = ids.map((id) => conversionPayload({ clientDedupeId: id, timestamp, ...overrides }));
    return this.postEvents(account, events);
  }

  postEvents(account: string, events: readonly object[]): Promise<Response> {
    return send(`${this.intake.address('intake')}/v1/events?account=${account}`, events);
  }

  /** An unsigned delivery. */
  postUnsigned(): Promise<Response> {
    return send(`${this.intake.address('intake')}/v1/webhooks/shopify`, { id: 1 });
  }

  async addFault(fault: object): Promise<void> {
    const { status } = await send(`${this.sandbox.address('sandbox')}/sandbox/faults`, fault);
    if (status >= 300) throw new Error(`the sandbox refuses the fault: ${JSON.stringify(fault)}`);
  }

  async clearFaults(): Promise<void> {
    await fetch(`${this.sandbox.address('sandbox')}/sandbox/faults`, { method: 'DELETE' });
  }

  async expireTokens(): Promise<void> {
    await fetch(`${this.sandbox.address('sandbox')}/sandbox/expire-tokens`, { method: 'POST' });
  }

  /** Waits for a number in Prometheus. */
  async untilAtLeast(least: number, query: string, withinMs = WITHIN_MS): Promise<void> {
    await until(async () => {
      const [sample] = await this.prometheus.query(query);
      const value = Number(sample?.value[1] ?? Number.NaN);
      if (!(value >= least)) throw new Error(`${query} is ${value}, not at least ${least}`);
    }, withinMs);
  }

  /** Repeats an action until a number in Prometheus is large enough. */
  async repeatUntilAtLeast(least: number, query: string, act: () => Promise<unknown>): Promise<void> {
    const endsAt = performance.now() + WITHIN_MS;
    for (;;) {
      await act();
      const isLast = performance.now() + REPEAT_AFTER_MS > endsAt;
      const isThere = await this.untilAtLeast(least, query, REPEAT_AFTER_MS).then(
        () => true,
        (error: unknown) => {
          if (isLast) throw error;
          return false;
        },
      );
      if (isThere) return;
    }
  }

  /** `name health state` of each alert, `name health` of each recording rule. */
  async rules(): Promise<string[]> {
    const { groups } = await this.prometheus.get<{ groups: { rules: Rule[] }[] }>('rules');
    const told = ({ name, type, health, state }: Rule) => `${name} ${health}${type === 'alerting' ? ` ${state}` : ''}`;
    return groups.flatMap((group) => group.rules.map(told));
  }

  async untilAlert(name: string, state: 'pending' | 'firing', withinMs = WITHIN_MS): Promise<void> {
    await until(async () => {
      const rules = await this.rules();
      if (rules.includes(`${name} ok ${state}`)) return;
      throw new Error(`not ${state}: ${rules.find((rule) => rule.startsWith(`${name} `)) ?? name}`);
    }, withinMs);
  }

  /** Stops Prometheus and deletes the files. `endAllPrograms` ends the programs. */
  async close(): Promise<void> {
    await this.prometheus.stop();
    await rm(this.#folder, { recursive: true });
  }
}

function send(url: string, body: object): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}
