/**
 * The demo: the main job on realistic traffic, with the important failures, and a balance at the end.
 *
 * Everything is real except Amazon and the shops: Redis, intake, worker and the commands run as in production. It
 * succeeds if every event sent in is accounted for, `reconcile` enqueues each order whose webhook was lost, and Amazon
 * counts each conversion once.
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readAccountState } from '../../src/queue/account-state.js';
import { type Balance, balanceOf, countQueuedEvents } from '../../src/queue/balance.js';
import { prefixOf } from '../../src/queue/queue.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { CAUSES, MORE_CAUSES, OUTAGE_CODE, PERMISSION_CODE } from './causes.js';
import { deleteKeys } from './clean-up.js';
import { connectLines } from './connect-lines.js';
import { DEMO_PLATFORMS, DemoShops } from './demo-shops.js';
import { sandboxAccount } from './sandbox-account.js';
import { SandboxControl } from './sandbox-control.js';
import type { Scoreboard } from './scoreboard.js';
import { Stack, type Variables } from './stack.js';
import { makeTraffic } from './traffic.js';
import { type Settled, untilSettled } from './until-settled.js';

const SEED = 20_261_123;

export interface DemoResult {
  readonly sentIn: number;
  readonly refused: number;
  readonly balance: Balance;
  readonly replayed: number;
  /** Orders whose webhook was lost on purpose, how many `reconcile` enqueued, and how many of them Amazon counts. */
  readonly lost: number;
  readonly reconciled: number;
  readonly lostAtAmazon: number;
  readonly lettersLeft: number;
  /** Ids that Amazon counted, and how many of them more than once. */
  readonly countedIds: number;
  readonly countedTwice: number;
  readonly plaintextIds: number;
  readonly failedProcesses: readonly string[];
}

const report = z.object({
  accepted: z.number(),
  refused: z.number().optional(),
  rejected: z.array(z.unknown()).optional(),
});

export class Demo {
  readonly account = `demo-${randomBytes(3).toString('hex')}`;
  readonly #redisUrl: string;
  readonly #connection: RedisConnection;
  readonly #stack = new Stack();
  readonly #board: Scoreboard;
  readonly #shops = new DemoShops(SEED, Date.now());
  #variables: Variables = {};
  #sandbox = new SandboxControl('');
  #intakeUrl = '';
  #addresses: ReadonlyMap<string, string> = new Map();
  #sentIn = 0;
  #refused = 0;
  #reconciled = 0;
  readonly #stop: AbortSignal;
  readonly #isKept: boolean;

  /**
   * @param isKept keeps it running at the end, with dead letters of more causes and the console
   * @param stop ends it early; `start` and `play` throw then
   */
  constructor(redisUrl: string, board: Scoreboard, { isKept, stop }: { isKept: boolean; stop: AbortSignal }) {
    this.#redisUrl = redisUrl;
    this.#board = board;
    this.#isKept = isKept;
    this.#stop = stop;
    this.#connection = connectRedis(redisUrl, 'prompt', 'capi-demo');
    this.#connection.on('error', () => undefined);
  }

  /** Starts sandbox, worker and intake, and with `isKept` the console. */
  async start(): Promise<void> {
    const sandbox = await this.#stack.start('sandbox', ['--port', '0'], {});
    this.#sandbox = new SandboxControl(sandbox.addresses.get('sandbox') ?? '');
    const accountsFile = join(this.#stack.folder, 'accounts.json');
    await this.#shops.start();
    const account = { ...sandboxAccount(this.account, this.#sandbox.url), ...this.#shops.accountFields };
    await writeFile(accountsFile, JSON.stringify({ accounts: [account] }));
    this.#variables = {
      REDIS_URL: this.#redisUrl,
      ACCOUNTS_FILE: accountsFile,
      INTAKE_PORT: '0',
      METRICS_PORT: '0',
      INTAKE_API_KEYS: 'demo=key-of-the-demo-shop',
      BATCH_LINGER_MS: '250',
      RETRY_BASE_DELAY_MS: '250',
      ...(this.#isKept && { RETRY_MAX_ATTEMPTS: '4' }),
    };
    const worker = await this.#stack.start('worker', [], this.#variables);
    this.#stop.throwIfAborted();
    const intake = await this.#stack.start('intake', [], this.#variables);
    this.#stop.throwIfAborted();
    this.#intakeUrl = intake.addresses.get('intake') ?? '';
    const addresses = new Map([
      ['sandbox', this.#sandbox.url],
      ['intake', this.#intakeUrl],
      ['worker metrics', worker.addresses.get('metrics') ?? ''],
      ['intake metrics', intake.addresses.get('metrics') ?? ''],
    ]);
    if (this.#isKept) {
      // On this machine only, whatever the console's settings say.
      const local = { CONSOLE_HOST: '127.0.0.1', CONSOLE_PORT: '0', CONSOLE_TOKEN: '', CONSOLE_TOKEN_FILE: '' };
      const console = await this.#stack.start('console', [], { ...this.#variables, ...local });
      addresses.set('console', console.addresses.get('console') ?? '');
    }
    this.#addresses = addresses;
  }

  /** For users of a kept demo: addresses, the faults, and how to connect. */
  lines(): string[] {
    return [
      ...[...this.#addresses].map(([part, address]) => `${part}: ${address}`),
      `account: ${this.account}`,
      `logs: ${this.#stack.folder}`,
      '',
      'Open the console to see, correct and replay what is left. The causes, and what helps:',
      ...[...CAUSES, ...MORE_CAUSES].map(({ fault, remedy }) => `  “${fault.message}” → ${remedy}`),
      '',
      `# The permission for app events of CA is given:`,
      `curl -X DELETE '${this.#sandbox.url}/sandbox/faults?code=${PERMISSION_CODE}'`,
      ...connectLines({
        redisUrl: this.#redisUrl,
        accountsFile: this.#variables['ACCOUNTS_FILE'],
        apiKeys: this.#variables['INTAKE_API_KEYS'],
        intakeUrl: this.#intakeUrl,
        consoleUrl: this.#addresses.get('console') ?? '',
        account: this.account,
      }),
    ];
  }

  /** Sends the traffic, with the failures. Resolves when nothing is queued any more. */
  async play(): Promise<void> {
    const traffic = makeTraffic(SEED, Date.now());
    const { before, after } = traffic.corrected;
    for (const { fault } of [...CAUSES, ...(this.#isKept ? MORE_CAUSES : [])]) await this.#sandbox.fault(fault);
    this.#board.say('orders over HTTP, in requests of 100; one answer fails, one gets lost on its way');
    await this.#sandbox.fault({ kind: 'status', status: 503, times: 1 });
    await this.#sandbox.fault({ kind: 'lose_answer', times: 1 });
    for (let start = 0; start < traffic.orders.length; start += 100) {
      await this.#post('order', JSON.stringify(traffic.orders.slice(start, start + 100)), 'application/json');
    }
    await this.#post('order', JSON.stringify(before), 'application/json');

    this.#board.say('a file of orders, with enqueue; meanwhile the access token expires');
    await this.#sandbox.expireTokens();
    await this.#importFile(traffic.fileOrders);

    const { orders, lost } = this.#shops;
    this.#board.say(`webhooks of ${orders.length} orders of two shops: ${lost.length} of them are lost on purpose`);
    this.#count(await this.#shops.sendWebhooks(this.#intakeUrl, this.account, this.#stop), 0);

    this.#board.say('GA4 events as NDJSON, and the order that was refused, corrected');
    for (let start = 0; start < traffic.ga4.length; start += 200) {
      const lines = traffic.ga4.slice(start, start + 200).map((event) => JSON.stringify(event));
      await this.#post('ga4', lines.join('\n'), 'application/x-ndjson');
    }
    await this.#post('order', JSON.stringify(after), 'application/json');
    await this.#untilSettled();
    await this.#sandbox.endFaults(`?code=${OUTAGE_CODE}`);
  }

  /** Called after the causes are gone: replays the dead letters. */
  async replay(): Promise<void> {
    const { output } = await this.#stack.run('dead-letters', ['stats', '--account', this.account], this.#variables);
    this.#board.show('What could not be delivered, by cause (capi-forwarder dead-letters stats):', output);
    await this.#sandbox.endFaults();
    this.#board.say('the advertiser is set up for BRL now: capi-forwarder dead-letters replay --reason rejected');
    const replay = await this.#stack.run(
      'dead-letters',
      ['replay', '--account', this.account, '--reason', 'rejected', '--json'],
      this.#variables,
    );
    z.object({ replayed: z.number() }).parse(JSON.parse(replay.output));
    await this.#untilSettled();
  }

  /** Asks the shops for their orders, and enqueues those whose webhook was lost. */
  async reconcile(): Promise<void> {
    this.#board.say('asking the shops for orders whose webhook never came: capi-forwarder reconcile SHOP --since 48h');
    const before = (await readAccountState(this.account, this.#connection)).ledger.enqueued;
    const passes = await Promise.all(
      DEMO_PLATFORMS.map((platform) =>
        this.#stack.run(
          'reconcile',
          [platform, '--since', '48h', '--account', this.account],
          this.#variables,
          this.#stop,
        ),
      ),
    );
    this.#board.show('What the shops have, and what became of it:', passes.map(({ output }) => output).join('\n\n'));
    await this.#untilSettled();
    this.#reconciled = (await readAccountState(this.account, this.#connection)).ledger.enqueued - before;
  }

  /** Stops senders and forwarders, counts, and deletes all traces. */
  async finish(): Promise<DemoResult> {
    const failed = await this.#stack.stop((name) => name !== 'sandbox');
    const counted = await this.#takeStock();
    return { ...counted, failedProcesses: [...failed, ...(await this.stop())] };
  }

  async #takeStock(): Promise<Omit<DemoResult, 'failedProcesses'>> {
    const state = await readAccountState(this.account, this.#connection);
    const balance = balanceOf(state.ledger, await countQueuedEvents(this.account, this.#connection));
    const received = await this.#sandbox.received();
    const { lost } = this.#shops;
    const idsAtAmazon = new Set(received.map(({ id }) => id));
    // Events that somebody else sent to a kept demo count as accepted.
    const known = state.ledger.enqueued - this.#reconciled + this.#refused;
    return {
      sentIn: this.#isKept ? Math.max(this.#sentIn, known) : this.#sentIn,
      refused: this.#refused,
      balance,
      replayed: state.ledger.replayed,
      lost: lost.length,
      reconciled: this.#reconciled,
      lostAtAmazon: lost.filter(({ eventId }) => idsAtAmazon.has(eventId)).length,
      lettersLeft: Object.values(state.deadLetters).reduce((sum, count) => sum + count, 0),
      countedIds: received.length,
      countedTwice: received.filter(({ counted }) => counted !== 1).length,
      plaintextIds: received.filter(({ hasPlaintext }) => hasPlaintext).length,
    };
  }

  /** Ends all processes at once. Traces stay. */
  kill(): void {
    this.#stack.kill();
  }

  /** @returns the processes that did not end cleanly; their logs are kept */
  async stop(areLogsKept = false): Promise<string[]> {
    const failed = await this.#stack.stop();
    await this.#shops.stop();
    await deleteKeys(this.#connection, prefixOf(this.account));
    this.#connection.disconnect();
    if (failed.length === 0 && !areLogsKept) await this.#stack.removeFolder();
    else this.#board.say(`logs: ${this.#stack.folder}`);
    return failed;
  }

  async #post(source: string, body: string, contentType: string): Promise<void> {
    this.#stop.throwIfAborted();
    const response = await fetch(`${this.#intakeUrl}/v1/events?source=${source}&account=${this.account}`, {
      method: 'POST',
      headers: { Authorization: 'Bearer key-of-the-demo-shop', 'Content-Type': contentType },
      body,
    });
    const { accepted, rejected = [] } = report.parse(await response.json());
    this.#count(accepted, rejected.length);
    await this.#showProgress();
  }

  async #importFile(records: readonly object[]): Promise<void> {
    const file = join(this.#stack.folder, 'orders.ndjson');
    await writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const rejects = join(this.#stack.folder, 'rejects.ndjson');
    const args = [file, '--source', 'order', '--account', this.account, '--rejects', rejects, '--json'];
    const { output } = await this.#stack.run('enqueue', args, this.#variables, this.#stop);
    const { accepted, refused = 0 } = report.parse(JSON.parse(output));
    this.#count(accepted, refused);
  }

  #count(accepted: number, refused: number): void {
    this.#sentIn += accepted + refused;
    this.#refused += refused;
  }

  #untilSettled(): Promise<void> {
    return untilSettled(() => this.#showProgress(), this.#stop);
  }

  async #showProgress(): Promise<Settled> {
    const { ledger, queuedEvents } = await readAccountState(this.account, this.#connection);
    const done = ledger.delivered + ledger.duplicate + ledger.dead_lettered;
    this.#board.progress(done, ledger.enqueued + ledger.replayed);
    return { done, queued: queuedEvents };
  }
}
