/**
 * A Redis Cluster as processes: three masters with a replica each.
 */
import { rmSync } from 'node:fs';
import { Command, Redis } from 'ioredis';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { waitUntil } from './wait-until.js';

const MASTERS = 3;
const SLOTS = 16_384;
const READY_WITHIN_MS = 60_000;
/** A child process that saves the data may outlive its server for a moment. */
const REMOVED = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 } as const;

export interface ClusterSetOptions {
  /** After how long a node that does not answer is regarded as down. Default 2 s. */
  readonly nodeTimeoutMs?: number;
  readonly args?: readonly string[];
  readonly userInfo?: string;
  readonly signIn?: { readonly user: string; readonly password: string };
}

export class ClusterSet {
  readonly servers: RedisServer[] = [];
  readonly #options: ClusterSetOptions;

  private constructor(options: ClusterSetOptions) {
    this.#options = options;
  }

  static async start(options: ClusterSetOptions = {}): Promise<ClusterSet> {
    const set = new ClusterSet(options);
    try {
      for (let place = 0; place < 2 * MASTERS; place += 1) await set.#startServer();
      await set.#join();
    } catch (error) {
      await set.stop();
      throw error;
    }
    return set;
  }

  get url(): string {
    const { userInfo } = this.#options;
    const hosts = this.servers.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return `redis+cluster://${userInfo === undefined ? '' : `${userInfo}@`}${hosts}`;
  }

  /** The server that holds the key, as the others see it. */
  masterOf(key: string): Promise<RedisServer> {
    return this.#masterOf(key, this.servers);
  }

  /** Resolves when another server holds the key. */
  async untilMasterIsNot(old: RedisServer, key: string): Promise<void> {
    await waitUntil(async () => {
      const others = this.servers.filter((server) => server !== old);
      if ((await this.#masterOf(key, others)) === old) throw new Error('there is no other master yet');
    }, READY_WITHIN_MS);
  }

  /** Moves the key's slot to another master during use, as `redis-cli --cluster reshard` does. */
  async moveSlotOf(key: string): Promise<void> {
    const slot = new Command('get', [key]).getSlot();
    const from = await this.masterOf(key);
    const masters = await this.#masters();
    const to = masters.find(({ port }) => port !== from.port);
    if (!to) throw new Error('there is no other master');
    const [fromId, toId] = await Promise.all([from, to].map((server) => this.#idOf(server)));
    const { signIn } = this.#options;
    const auth = signIn ? ['AUTH2', signIn.user, signIn.password] : [];
    await this.administer(to, (redis) => redis.call('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', String(fromId)));
    await this.administer(from, async (redis) => {
      await redis.call('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', String(toId));
      for (;;) {
        const keys = await redis.call('CLUSTER', 'GETKEYSINSLOT', String(slot), '100');
        if (!Array.isArray(keys) || keys.length === 0) break;
        await redis.call(
          'MIGRATE',
          '127.0.0.1',
          String(to.port),
          '',
          '0',
          '5000',
          ...auth,
          'KEYS',
          ...keys.map(String),
        );
      }
    });
    for (const server of [to, from, ...masters.filter((known) => known !== to && known !== from)]) {
      await this.administer(server, (redis) => redis.call('CLUSTER', 'SETSLOT', String(slot), 'NODE', String(toId)));
    }
  }

  /** `CLUSTER FAILOVER`, as for maintenance. */
  async failOver(key: string): Promise<void> {
    const master = await this.masterOf(key);
    const id = await this.#idOf(master);
    for (const server of this.servers) {
      const nodes = String(await this.administer(server, (redis) => redis.cluster('NODES')));
      if (!nodes.split('\n').some((line) => line.includes('myself,slave') && line.includes(id))) continue;
      await this.administer(server, (redis) => redis.call('CLUSTER', 'FAILOVER'));
    }
  }

  async kill(server: RedisServer): Promise<void> {
    await server.kill();
  }

  async restart(server: RedisServer): Promise<void> {
    const place = this.servers.indexOf(server);
    const { port, folder } = server;
    this.servers[place] = await startServer({ port, folder, isPersistent: true, args: this.#args() });
  }

  async administer<T>(server: RedisServer, work: (redis: Redis) => Promise<T>): Promise<T> {
    const { signIn } = this.#options;
    const credentials = signIn ? { username: signIn.user, password: signIn.password } : {};
    const redis = new Redis({
      host: '127.0.0.1',
      port: server.port,
      maxRetriesPerRequest: 0,
      commandTimeout: 2_000,
      ...credentials,
    });
    redis.on('error', () => undefined);
    try {
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }

  async stop(): Promise<void> {
    for (const server of this.servers) {
      await server.kill();
      rmSync(server.folder, REMOVED);
    }
  }

  async #startServer(): Promise<void> {
    this.servers.push(await startServer({ isPersistent: true, args: this.#args() }));
  }

  #args(): string[] {
    const { args = [], signIn, nodeTimeoutMs = 2_000 } = this.#options;
    const signedIn = signIn ? ['--masteruser', signIn.user, '--masterauth', signIn.password] : [];
    const cluster = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'];
    const timeout = ['--cluster-node-timeout', String(nodeTimeoutMs)];
    return [
      ...args,
      ...signedIn,
      ...cluster,
      ...timeout,
      '--repl-diskless-sync-delay',
      '0',
      '--appendfsync',
      'everysec',
    ];
  }

  /** Not by redis-cli, which is missing on some machines. */
  async #join(): Promise<void> {
    const [first] = this.servers;
    if (!first) throw new Error('nothing was started');
    for (const [place, server] of this.servers.entries()) {
      await this.administer(server, async (redis) => {
        await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', String(place + 1));
        if (server !== first) await redis.call('CLUSTER', 'MEET', '127.0.0.1', String(first.port));
        if (place >= MASTERS) return;
        const from = Math.ceil((place * SLOTS) / MASTERS);
        const to = Math.ceil(((place + 1) * SLOTS) / MASTERS) - 1;
        await redis.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
      });
    }
    for (const [place, server] of this.servers.entries()) {
      const master = this.servers[place - MASTERS];
      if (!master) continue;
      const id = await this.#idOf(master);
      await waitUntil(async () => {
        await this.administer(server, (redis) => redis.call('CLUSTER', 'REPLICATE', id));
      }, READY_WITHIN_MS);
    }
    await this.untilWhole();
  }

  /** Resolves when every server reports a healthy cluster, and every master has its replica. */
  async untilWhole(): Promise<void> {
    await waitUntil(async () => {
      for (const server of this.servers) {
        const info = await this.administer(server, (redis) => redis.cluster('INFO'));
        if (!info.includes('cluster_state:ok')) throw new Error('the cluster is not ready');
        if (!info.includes(`cluster_known_nodes:${2 * MASTERS}`)) throw new Error('a node does not know all others');
        const ranges = await this.administer(server, (redis) => redis.cluster('SLOTS'));
        if (ranges.some((range) => range.length < 4)) throw new Error('a master has no replica');
      }
    }, READY_WITHIN_MS);
  }

  async #masterOf(key: string, witnesses: readonly RedisServer[]): Promise<RedisServer> {
    const slot = new Command('get', [key]).getSlot();
    for (const witness of witnesses) {
      const ranges = await this.administer(witness, (redis) => redis.cluster('SLOTS')).catch(() => []);
      const found = ranges.find(([from, to]) => from <= slot && slot <= to);
      const port = found?.[2]?.[1];
      const master = this.servers.find((known) => known.port === port);
      if (master) return master;
    }
    throw new Error('nobody knows who holds the key');
  }

  async #masters(): Promise<RedisServer[]> {
    const roles = await Promise.all(
      this.servers.map(async (server) => {
        const role = await this.administer(server, (redis) => redis.call('ROLE'));
        return Array.isArray(role) ? role[0] : undefined;
      }),
    );
    return this.servers.filter((_, place) => roles[place] === 'master');
  }

  async #idOf(server: RedisServer): Promise<string> {
    return String(await this.administer(server, (redis) => redis.call('CLUSTER', 'MYID')));
  }
}
