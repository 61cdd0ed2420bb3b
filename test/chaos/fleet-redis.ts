/**
 * The fleet's Redis: one server that writes to disk before it acknowledges, or a master with two replicas and three
 * Sentinels, where each fault ends with a failover and a complete set.
 */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { type SentinelNote, SentinelSet } from '../support/sentinel-set.js';

export interface FleetRedis {
  readonly url: string;
  /** Whether each process can reach it through a cable. Sentinels announce the servers' own addresses. */
  readonly isCabled: boolean;
  /** Killed like by a power cut, and started again after this time. */
  killFor(forMs: number): Promise<void>;
  /** The master hangs for this time. If there is a replica, it becomes the master. */
  hangFor(forMs: number): Promise<void>;
  /** Switches to another master, as for maintenance. Does nothing if there is none. */
  failOver(): Promise<void>;
  /** What its Sentinels did. */
  history(): readonly SentinelNote[];
  stop(): Promise<void>;
}

export async function startSingle(): Promise<FleetRedis> {
  let server: RedisServer = await startServer({ isPersistent: true });
  const { url, port, folder } = server;
  return {
    url,
    isCabled: true,
    killFor: async (forMs) => {
      await server.kill();
      await sleep(forMs);
      server = await startServer({ port, folder, isPersistent: true });
    },
    hangFor: (forMs) => hang(server, forMs),
    failOver: async () => undefined,
    history: () => [],
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function startReplicated(): Promise<FleetRedis> {
  const set = await SentinelSet.start({ downAfterMs: 1_000 });
  return {
    url: set.url,
    isCabled: false,
    killFor: async (forMs) => {
      const master = await set.master();
      await set.kill(master);
      await Promise.all([sleep(forMs), set.untilMasterIsNot(master)]);
      await set.restart(master);
      await set.untilWhole();
    },
    hangFor: async (forMs) => {
      const master = await set.master();
      await Promise.all([hang(master.server, forMs), forMs > LONG_MS ? set.untilMasterIsNot(master) : undefined]);
      await set.untilWhole();
    },
    failOver: async () => {
      const master = await set.master();
      await set.failOver();
      await set.untilMasterIsNot(master);
      await set.untilWhole();
    },
    history: () => set.history(),
    stop: () => set.stop(),
  };
}

/** Long enough for the Sentinels to choose another master. */
const LONG_MS = 5_000;

async function hang({ pid }: RedisServer, forMs: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await sleep(forMs);
  process.kill(pid, 'SIGCONT');
}
