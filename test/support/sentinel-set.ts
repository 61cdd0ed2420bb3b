/**
 * A Redis under Sentinel, as processes: one master, two replicas, three Sentinels. Servers can be behind cables, so
 * that one can stop answering, and replicas can lag behind the master.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, type RedisServer, startServer } from '../../scripts/redis.mjs';
import { readReplicas } from '../../src/queue/sentinel-view.js';
import { Cable } from './cable.js';
import { waitUntil } from './wait-until.js';

const MASTER = 'forwarder';
const SERVERS = 3;
const SENTINELS = 3;
const QUORUM = 2;
const READY_WITHIN_MS = 60_000;
/** A child process that saves the data may outlive its server for a moment. */
const REMOVED = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 } as const;

export interface SentinelSetOptions {
  /** Arguments of every server, such as `--aclfile`. */
  readonly args?: readonly string[];
  /** The part of the URL before its @, for clients. */
  readonly userInfo?: string;
  /** How Sentinels and replicas log in to the servers. */
  readonly signIn?: { readonly user: string; readonly password: string };
  readonly sentinelPassword?: string;
  /** After how long the Sentinels regard a server as down. Default 2 s. */
  readonly downAfterMs?: number;
  /** Whether every server is reached through a cable, also by Sentinels and replicas. */
  readonly isCabled?: boolean;
  /** Whether replicas receive the master's writes through separate cables. */
  readonly hasReplicationCables?: boolean;
}

/** A log entry of a Sentinel. */
export interface SentinelNote {
  readonly atMs: number;
  readonly text: string;
}

/** A line of a Sentinel's log: process, role, time, level, text. */
const LOG_LINE = /^\d+:X (\d+ \w+ \d+ [\d:.]+) [.*#-] ([+-].*)$/gm;

interface Member {
  server: RedisServer;
  /** The port that Sentinels know. */
  readonly port: number;
  readonly cable: Cable | undefined;
  /** Between it and its master, while it is a replica of the first. */
  readonly replicationCable: Cable | undefined;
}

export class SentinelSet {
  readonly members: Member[] = [];
  readonly #options: SentinelSetOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'capi-sentinel-'));
  readonly #sentinels: { readonly port: number; readonly child: ChildProcess }[] = [];

  private constructor(options: SentinelSetOptions) {
    this.#options = options;
  }

  /** Resolves when both replicas follow the master and all Sentinels know each other. */
  static async start(options: SentinelSetOptions = {}): Promise<SentinelSet> {
    const set = new SentinelSet(options);
    try {
      for (let place = 0; place < SERVERS; place += 1) await set.#startMember();
      for (let place = 0; place < SENTINELS; place += 1) await set.#startSentinel(place);
      await set.untilWhole();
    } catch (error) {
      await set.stop();
      throw error;
    }
    return set;
  }

  get url(): string {
    const { userInfo, sentinelPassword } = this.#options;
    const hosts = this.#sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
    const query = sentinelPassword === undefined ? '' : `?sentinelPassword=${encodeURIComponent(sentinelPassword)}`;
    return `redis+sentinel://${userInfo === undefined ? '' : `${userInfo}@`}${hosts}/${MASTER}${query}`;
  }

  /** The server that the Sentinels say is master. */
  async master(): Promise<Member> {
    const port = await this.#ask(0, async (sentinel) => {
      const address = await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER);
      return Array.isArray(address) ? Number(address[1]) : Number.NaN;
    });
    const member = this.members.find((known) => known.port === port);
    if (!member) throw new Error(`the Sentinels name a master at ${port} that nobody started`);
    return member;
  }

  async replicas(): Promise<Member[]> {
    const master = await this.master();
    return this.members.filter((member) => member !== master);
  }

  /** Resolves when another server is the master, and reports so itself. */
  async untilMasterIsNot(old: Member, withinMs: number = READY_WITHIN_MS): Promise<void> {
    await waitUntil(async () => {
      const master = await this.master();
      if (master === old) throw new Error('there is no other master yet');
      const role = await this.administer(master, (redis) => redis.call('ROLE'));
      if (!Array.isArray(role) || role[0] !== 'master') throw new Error('it is not promoted yet');
    }, withinMs);
  }

  /** `SENTINEL FAILOVER`, as for maintenance. */
  async failOver(): Promise<void> {
    await this.#ask(0, (sentinel) => sentinel.call('SENTINEL', 'FAILOVER', MASTER));
  }

  /**
   * Resolves when the master has both replicas, and each Sentinel knows the two others and that both replicas follow
   * the master. A failover is over when nobody takes a former master for the master.
   */
  async untilWhole(): Promise<void> {
    await waitUntil(async () => {
      const master = await this.master();
      const role = await this.administer(master, (redis) => redis.call('ROLE'));
      const replicas = Array.isArray(role) && Array.isArray(role[2]) ? role[2].length : 0;
      if (replicas < SERVERS - 1) throw new Error(`the master has ${replicas} replicas`);
      for (let place = 0; place < SENTINELS; place += 1) {
        const facts = await this.#ask(place, (sentinel) => sentinel.call('SENTINEL', 'MASTER', MASTER));
        const texts = Array.isArray(facts) ? facts.map(String) : [];
        const countOf = (name: string) => Number(texts[texts.indexOf(name) + 1]);
        if (countOf('num-other-sentinels') !== SENTINELS - 1) throw new Error('the Sentinels do not know each other');
        if (countOf('num-slaves') !== SERVERS - 1) throw new Error('the Sentinels do not know the replicas');
        const replies = await this.#ask(place, (sentinel) => sentinel.call('SENTINEL', 'REPLICAS', MASTER));
        const { following, hasOtherMaster } = readReplicas(facts, replies, 0);
        if (hasOtherMaster || following !== SERVERS - 1)
          throw new Error(`a Sentinel knows ${following} replicas that follow the master`);
      }
    }, READY_WITHIN_MS);
  }

  /** The Sentinels' log so far: failovers, servers that they regarded as down, their own delays. */
  history(): SentinelNote[] {
    return this.#sentinels.flatMap((_, place) =>
      [...readFileSync(this.#logOf(place), 'utf8').matchAll(LOG_LINE)].map(([, time = '', text]) => ({
        atMs: Date.parse(time),
        text: `sentinel ${place}: ${text}`,
      })),
    );
  }

  #logOf(place: number): string {
    return join(this.#folder, `sentinel-${place}.log`);
  }

  /** Without its cable, as a user with all rights. */
  async administer<T>({ server }: Member, work: (redis: Redis) => Promise<T>): Promise<T> {
    const { signIn } = this.#options;
    const credentials = signIn ? { username: signIn.user, password: signIn.password } : {};
    const redis = new Redis({ host: '127.0.0.1', port: server.port, ...credentials });
    redis.on('error', () => undefined);
    try {
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }

  async kill(member: Member): Promise<void> {
    await member.server.kill();
  }

  /** Starts a killed server again. The Sentinels make it a replica. */
  async restart(member: Member): Promise<void> {
    const { port, folder } = member.server;
    member.server = await startServer({ port, folder, isPersistent: true, args: this.#argsOf(member.port) });
  }

  async stop(): Promise<void> {
    for (const { child } of this.#sentinels) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    for (const { server, cable, replicationCable } of this.members) {
      await server.kill();
      await cable?.cut();
      await replicationCable?.cut();
      rmSync(server.folder, REMOVED);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #startMember(): Promise<void> {
    const [master] = this.members;
    const port = await freePort();
    const cable = this.#options.isCabled ? await Cable.to(`redis://127.0.0.1:${port}`) : undefined;
    const known = cable ? Number(new URL(cable.url).port) : port;
    const hasOwnLine = this.#options.hasReplicationCables && master;
    const replicationCable = hasOwnLine ? await Cable.to(`redis://127.0.0.1:${master.port}`) : undefined;
    const masterPort = replicationCable ? new URL(replicationCable.url).port : String(master?.port);
    const replication = master ? ['--replicaof', `127.0.0.1 ${masterPort}`] : [];
    const args = [...this.#argsOf(known), ...replication];
    this.members.push({
      server: await startServer({ port, isPersistent: true, args }),
      port: known,
      cable,
      replicationCable,
    });
  }

  #argsOf(knownPort: number): string[] {
    const { args = [], signIn } = this.#options;
    const announced = ['--replica-announce-ip', '127.0.0.1', '--replica-announce-port', String(knownPort)];
    const signedIn = signIn ? ['--masteruser', signIn.user, '--masterauth', signIn.password] : [];
    // A full copy of the data need not wait for other replicas.
    return [...args, ...announced, ...signedIn, '--repl-diskless-sync-delay', '0', '--appendfsync', 'everysec'];
  }

  async #startSentinel(place: number): Promise<void> {
    const [master] = this.members;
    if (!master) throw new Error('there is no master to watch');
    const port = await freePort();
    const { signIn, sentinelPassword, downAfterMs = 2_000 } = this.#options;
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${this.#folder}`,
      `logfile ${this.#logOf(place)}`,
      `sentinel monitor ${MASTER} 127.0.0.1 ${master.port} ${QUORUM}`,
      `sentinel down-after-milliseconds ${MASTER} ${downAfterMs}`,
      `sentinel failover-timeout ${MASTER} 60000`,
      ...(signIn
        ? [`sentinel auth-user ${MASTER} ${signIn.user}`, `sentinel auth-pass ${MASTER} ${signIn.password}`]
        : []),
      ...(sentinelPassword === undefined ? [] : [`requirepass "${sentinelPassword}"`]),
    ];
    const file = join(this.#folder, `sentinel-${place}.conf`);
    writeFileSync(file, lines.join('\n'));
    const child = spawn(master.server.binary, [file, '--sentinel'], { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#sentinels.push({ port, child });
  }

  async #ask<T>(place: number, work: (sentinel: Redis) => Promise<T>): Promise<T> {
    const { sentinelPassword } = this.#options;
    const port = this.#sentinels[place]?.port;
    const sentinel = new Redis({
      host: '127.0.0.1',
      ...(port !== undefined && { port }),
      ...(sentinelPassword !== undefined && { password: sentinelPassword }),
      maxRetriesPerRequest: 3,
    });
    sentinel.on('error', () => undefined);
    try {
      return await work(sentinel);
    } finally {
      sentinel.disconnect();
    }
  }
}
