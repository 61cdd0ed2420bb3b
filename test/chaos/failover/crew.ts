/**
 * The processes of a failover trial: the built program (intake, workers, sandbox) on a given Redis, and a client that
 * sends events through the intake and records every acknowledged id.
 */
import { z } from 'zod';
import { Program, run } from '../../support/program.js';
import { Client } from '../client.js';
import { Random } from '../random.js';

const WORKERS = 2;
const ACCOUNT = 'default';

const SETTINGS = {
  AMAZON_ADS_PROFILE_ID: '1234567890',
  LWA_CLIENT_SECRET: 'secret',
  LWA_REFRESH_TOKEN: 'refresh',
  BATCH_LINGER_MS: '100',
  RETRY_BASE_DELAY_MS: '50',
  RETRY_MAX_DELAY_MS: '1000',
  INTAKE_API_KEYS: 'chaos=the-key-of-the-shop',
};

const receivedSchema = z.array(z.object({ id: z.string(), counted: z.number() }));
const requestsSchema = z.array(z.object({ client: z.string(), arrivedMs: z.number() }));

export interface Count {
  readonly acknowledged: number;
  readonly lost: number;
  readonly twice: number;
}

export class Crew {
  readonly client: Client;
  readonly environment: Readonly<Record<string, string>>;
  readonly #sandbox: Program;
  readonly #intake: Program;
  readonly #workers: readonly Program[];

  private constructor(parts: {
    sandbox: Program;
    intake: Program;
    workers: Program[];
    environment: Record<string, string>;
  }) {
    this.#sandbox = parts.sandbox;
    this.#intake = parts.intake;
    this.#workers = parts.workers;
    this.environment = parts.environment;
    this.client = new Client(parts.intake.address('intake'), new Random(1));
  }

  static async start(redisUrl: string, settings: Readonly<Record<string, string>> = {}): Promise<Crew> {
    const sandbox = await Program.start('sandbox', ['--port', '0'], {});
    const amazon = sandbox.address('sandbox').replace(/\/$/, '');
    const environment = {
      ...SETTINGS,
      AMAZON_ADS_ENDPOINT: amazon,
      LWA_TOKEN_URL: `${amazon}/auth/o2/token`,
      LWA_CLIENT_ID: 'cli',
      ...settings,
      REDIS_URL: redisUrl,
    };
    const intake = await Program.start('intake', [], environment);
    const workers = await Promise.all(
      Array.from({ length: WORKERS }, (_, worker) =>
        Program.start('worker', [], { ...environment, LWA_CLIENT_ID: workerName(worker) }),
      ),
    );
    return new Crew({ sandbox, intake, workers, environment });
  }

  /** The processes that must recover by themselves. */
  get processes(): readonly Program[] {
    return [this.#intake, ...this.#workers];
  }

  /** When each worker sent its requests, epoch ms. */
  async sentAt(): Promise<number[][]> {
    const requests = requestsSchema.parse(await this.#ask('/sandbox/requests'));
    return this.#workers.map((_, worker) =>
      requests.filter(({ client }) => client === workerName(worker)).map(({ arrivedMs }) => arrivedMs),
    );
  }

  /** The outcome of every acknowledged id. Call it when nothing is queued any more. */
  async count(): Promise<Count> {
    const received = receivedSchema.parse(await this.#ask('/sandbox/received'));
    // No event is invalid, so any dead letter is an error.
    const ended = new Set(received.map(({ id }) => id));
    return {
      acknowledged: this.client.acknowledged.size,
      lost: [...this.client.acknowledged.keys()].filter((id) => !ended.has(id)).length,
      twice: received.filter(({ counted }) => counted > 1).length,
    };
  }

  /** What `status` prints: whether nothing is queued, and whether it balances. */
  async status(): Promise<{ isDrained: boolean; isBalanced: boolean; text: string }> {
    const { code, stdout, stderr } = await run(['status', '--json'], this.environment);
    if (stdout === '') return { isDrained: false, isBalanced: false, text: stderr };
    const [account] = z
      .array(z.object({ account: z.string(), balance: z.object({ queued: z.number() }) }))
      .parse(JSON.parse(stdout));
    return {
      isDrained: account?.account === ACCOUNT && account.balance.queued === 0,
      isBalanced: code === 0,
      text: stdout,
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.processes, this.#sandbox].map((program) => program.end('SIGKILL')));
  }

  async #ask(path: string): Promise<unknown> {
    return (await fetch(`${this.#sandbox.address('sandbox').replace(/\/$/, '')}${path}`)).json();
  }
}

function workerName(worker: number): string {
  return `worker${worker}`;
}
