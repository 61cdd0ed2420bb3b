/**
 * `npm start`: runs everything until it is stopped, with the sandbox as Amazon unless real credentials are set.
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Environment } from '../../src/settings/config.js';
import { codeOf } from '../../src/settings/file-fault.js';
import { type Settings } from '../../src/settings/settings-schema.js';
import { connectLines } from './connect-lines.js';
import { sandboxAccount } from './sandbox-account.js';
import { Stack, type Variables } from './stack.js';

/** A port that the start needs is taken. */
export class PortTakenError extends Error {
  readonly code = 'PORT_TAKEN';
}

export class Everything {
  readonly #settings: Settings;
  readonly #isReal: boolean;
  readonly #stack = new Stack(process.cwd());

  constructor(settings: Settings, environment: Environment) {
    this.#settings = settings;
    this.#isReal = settings.ACCOUNTS_FILE !== undefined || hasCredentials(environment);
  }

  /**
   * @returns what runs where, for people
   * @throws PortTakenError before anything was started
   */
  async start(): Promise<string[]> {
    const { INTAKE_HOST, INTAKE_PORT, CONSOLE_HOST, CONSOLE_PORT, REDIS_URL } = this.#settings;
    await demandFree('INTAKE_PORT', INTAKE_HOST, INTAKE_PORT);
    await demandFree('CONSOLE_PORT', CONSOLE_HOST, CONSOLE_PORT);
    const stack = this.#stack;
    const { amazon, variables } = await this.#openAmazon();
    const worker = await stack.start('worker', [], variables);
    const intake = await stack.start('intake', [], variables);
    const console = await stack.start('console', [], variables);
    const addressOf = (name: string, running: typeof worker) => running.addresses.get(name) ?? '';
    return [
      `amazon     ${amazon}`,
      `console    ${addressOf('console', console)}`,
      `intake     ${addressOf('intake', intake)}/v1/events`,
      `metrics    ${addressOf('metrics', worker)}/metrics (worker), ${addressOf('metrics', intake)}/metrics (intake)`,
      `redis      ${REDIS_URL.replace(/\/\/[^@/]*@/, '//')}`,
      `logs       ${stack.folder}`,
      '',
      ...connectLines({
        redisUrl: REDIS_URL,
        accountsFile: variables['ACCOUNTS_FILE'],
        intakeUrl: addressOf('intake', intake),
        consoleUrl: addressOf('console', console),
        account: 'default',
      }),
    ];
  }

  /** Resolves when a process ends unexpectedly, with a message about it. */
  get died(): Promise<string> {
    return this.#stack.died;
  }

  /** Logs are kept if a process did not end cleanly. */
  async stop(): Promise<void> {
    const failed = await this.#stack.stop();
    if (failed.length === 0) await this.#stack.removeFolder();
  }

  kill(): void {
    this.#stack.kill();
  }

  async #openAmazon(): Promise<{ amazon: string; variables: Variables }> {
    const variables = { REDIS_URL: this.#settings.REDIS_URL, METRICS_PORT: '0' };
    if (this.#isReal) return { amazon: 'the real one: credentials are set', variables };
    const sandbox = await this.#stack.start('sandbox', ['--port', '0'], {});
    const url = sandbox.addresses.get('sandbox') ?? '';
    const file = join(this.#stack.folder, 'accounts.json');
    await writeFile(file, JSON.stringify({ accounts: [sandboxAccount('default', url)] }));
    return {
      amazon: `the sandbox at ${url} (set LWA_REFRESH_TOKEN and its like for the real one)`,
      variables: { ...variables, ACCOUNTS_FILE: file },
    };
  }
}

function hasCredentials(environment: Environment): boolean {
  return Boolean(environment['LWA_REFRESH_TOKEN'] || environment['LWA_REFRESH_TOKEN_FILE']);
}

/** Otherwise a child would find this out only after its start, and report it in its log. */
async function demandFree(setting: string, host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    throw new PortTakenError(
      `port ${port} is in use: if \`npm start\` runs in another terminal, use that or stop it; else set ${setting} to a free port`,
    );
  } finally {
    server.close();
  }
}
