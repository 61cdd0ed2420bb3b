/**
 * The console as an operator runs it: the built program, a browser, and an account with dead letters.
 */
import { writeFileSync } from 'node:fs';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { deleteKeys } from '../../dev/demo/clean-up.js';
import type { DeadLetter } from '../../src/dead-letters/letter.js';
import { prefixOf } from '../../src/queue/queue.js';
import { launchBrowser, newContext, Watch } from './browser.js';
import { eventOf } from './events.js';
import { layLetters, letterWith } from './letters.js';
import { Program } from './program.js';
import { Scratch } from './scratch.js';
import { World } from './world.js';

export const OPERATOR = 'operator-token-1';
export const VIEWER = 'viewer-token-001';

export class ConsoleProgram {
  readonly world: World;
  readonly watch = new Watch();
  readonly #browser: Browser;
  readonly #scratch: Scratch;
  readonly #contexts = new Map<string, BrowserContext>();
  #program: Program | undefined;

  private constructor(world: World, browser: Browser, scratch: Scratch) {
    this.world = world;
    this.#browser = browser;
    this.#scratch = scratch;
  }

  /** The browser first: without one nothing else needs to start. */
  static async start(): Promise<ConsoleProgram> {
    const browser = await launchBrowser();
    const console = new ConsoleProgram(await World.open(), browser, Scratch.outside());
    const accounts = { accounts: [{ name: console.world.account }] };
    writeFileSync(console.#scratch.path('accounts.json'), JSON.stringify(accounts));
    await console.restart();
    return console;
  }

  /** Ends the program with the signal, and starts it again on the same port. */
  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const port = this.#program ? new URL(this.url).port : '0';
    await this.#program?.end(signal);
    this.#contexts.clear();
    this.#program = await Program.start('console', [], {
      ...this.environment,
      CONSOLE_PORT: port,
      CONSOLE_TOKEN: `ann=${OPERATOR},bob:viewer=${VIEWER}`,
    });
  }

  /** For commands that work on the same account. */
  get environment(): Record<string, string> {
    return {
      REDIS_URL: this.world.environment['REDIS_URL'] ?? '',
      ACCOUNTS_FILE: this.#scratch.path('accounts.json'),
    };
  }

  get url(): string {
    return this.#program?.address('console') ?? '';
  }

  get base(): string {
    return `/accounts/${this.world.account}`;
  }

  /** A page without a session. */
  async page(options: BrowserContextOptions = {}): Promise<Page> {
    return this.#pageOf(await newContext(this.#browser, { baseURL: this.url, ...options }));
  }

  /** A page with a session, at this path. Signs in once per token, as tries are counted. */
  async open(path: string, token: string = OPERATOR): Promise<Page> {
    let context = this.#contexts.get(token);
    if (!context) {
      const visitor = await this.page({ permissions: ['clipboard-read', 'clipboard-write'] });
      await visitor.goto('/sign-in');
      await signIn(visitor, token);
      await visitor.getByRole('button', { name: 'Sign out' }).waitFor();
      context = visitor.context();
      this.#contexts.set(token, context);
    }
    const page = await this.#pageOf(context);
    await page.goto(path);
    return page;
  }

  /** Deletes everything that an earlier test did to the account, and closes its pages. */
  async clear(): Promise<void> {
    const kept = new Set(this.#contexts.values());
    for (const context of this.#browser.contexts()) {
      if (kept.has(context)) await Promise.all(context.pages().map((page) => page.close()));
      else await context.close();
    }
    await deleteKeys(this.world.connection, prefixOf(this.world.account));
  }

  async #pageOf(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await page.clock.install();
    this.watch.follow(page, this.url);
    return page;
  }

  /** Letters with these names as ids and dedupe ids. The first is the newest. */
  async lay(names: readonly string[], overrides: Partial<DeadLetter> = {}): Promise<void> {
    const nowMs = Date.now();
    const letters = names.map((name, place) =>
      letterWith({
        id: name,
        account: this.world.account,
        event: eventOf(name),
        diedAt: nowMs - place * 1000,
        ...overrides,
      }),
    );
    await layLetters(this.world.account, this.world.connection, letters);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#program?.end();
    await this.world.close();
    this.#scratch[Symbol.dispose]();
  }
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
