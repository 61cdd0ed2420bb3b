/**
 * The console for a test: the server on a free port, and a minimal browser (cookies, forms, no scripts).
 */
import { Console } from '../../src/console/console.js';
import { type ConsoleOptions } from '../../src/console/console-context.js';
import { readTokens } from '../../src/console/tokens.js';
import { contextAt } from './events.js';
import type { World } from './world.js';

export class ConsoleDoor {
  readonly account: string;
  readonly #console: Console;
  url = '';

  private constructor(world: World, overrides: Partial<ConsoleOptions>) {
    this.account = world.account;
    this.#console = new Console({
      host: '127.0.0.1',
      port: 0,
      tokens: () => [],
      accounts: () => [world.account],
      wireOf: () => 'events-manager-v1',
      contextOf: (_account, nowMs) => contextAt(nowMs),
      connection: world.connection,
      patient: world.connection,
      log: world.log,
      ...overrides,
    });
  }

  static async open(world: World, overrides: Partial<ConsoleOptions> = {}): Promise<ConsoleDoor> {
    const door = new ConsoleDoor(world, overrides);
    door.url = await door.#console.start();
    return door;
  }

  /** With tokens in the form of the setting. */
  static openWith(
    world: World,
    entries: readonly string[],
    overrides: Partial<ConsoleOptions> = {},
  ): Promise<ConsoleDoor> {
    const tokens = entries.length === 0 ? [] : readTokens(entries.join(','));
    return ConsoleDoor.open(world, { tokens: () => tokens, ...overrides });
  }

  visitor(): Visitor {
    return new Visitor(this.url);
  }

  close(): Promise<void> {
    return this.#console.stop();
  }
}

export interface Visit {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly body?: URLSearchParams;
  readonly headers: Record<string, string>;
}

/** Keeps cookies and the last CSRF token. Follows no redirect by itself. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  csrf = '';
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Visit> {
    return this.#send(path, { method: 'GET', headers });
  }

  /** Posts a form of the last page, as a browser on that page would. */
  post(
    path: string,
    fields: Record<string, string | string[]> = {},
    headers: Record<string, string> = {},
  ): Promise<Visit> {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries({ _csrf: this.csrf, ...fields })) {
      for (const one of [value].flat()) body.append(name, one);
    }
    return this.#send(path, { method: 'POST', body, headers });
  }

  async signIn(token: string): Promise<Visit> {
    await this.get('/sign-in');
    const visit = await this.post('/sign-in', { token });
    if (visit.status === 303) await this.get('/');
    return visit;
  }

  async #send(path: string, { headers, ...init }: Sent): Promise<Visit> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const all = { 'Sec-Fetch-Site': 'same-origin', ...(cookie !== '' && { Cookie: cookie }), ...headers };
    const response = await fetch(this.#url + path, { ...init, headers: all, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await response.text();
    this.csrf = /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? this.csrf;
    return { status: response.status, headers: response.headers, text };
  }
}
