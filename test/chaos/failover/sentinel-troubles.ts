/**
 * The faults of a Redis under Sentinel: what each does to the servers, and how it ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SentinelSet, SentinelSetOptions } from '../../support/sentinel-set.js';

export interface SentinelTrouble {
  readonly options?: SentinelSetOptions;
  /** Done before the first event. */
  readonly prepare?: (set: SentinelSet) => void;
  readonly strike: (set: SentinelSet) => Promise<void>;
}

/** The delay from the master to its replicas: they lack what it acknowledged in this time. */
const LAG_MS = 300;
const THAW_AFTER_MS = 2_000;

export const SENTINEL_TROUBLES = {
  'master killed': {
    strike: async (set) => {
      const master = await set.master();
      await set.kill(master);
      await set.untilMasterIsNot(master);
      await set.restart(master);
    },
  },
  'master hung, demoted, thawed': {
    strike: async (set) => {
      const master = await set.master();
      process.kill(master.server.pid, 'SIGSTOP');
      await set.untilMasterIsNot(master);
      await sleep(THAW_AFTER_MS);
      process.kill(master.server.pid, 'SIGCONT');
    },
  },
  'planned failover': {
    strike: async (set) => {
      const master = await set.master();
      await set.failOver();
      await set.untilMasterIsNot(master);
    },
  },
  'replicas lag, master killed': {
    options: { hasReplicationCables: true },
    prepare: (set) => {
      for (const { replicationCable } of set.members) replicationCable?.lag(LAG_MS);
    },
    strike: async (set) => {
      const master = await set.master();
      // Data still on its way to the replicas is lost with the master.
      await Promise.all([set.kill(master), ...set.members.map(({ replicationCable }) => replicationCable?.cut())]);
      await set.untilMasterIsNot(master);
      await set.restart(master);
    },
  },
  'host silent': {
    options: { isCabled: true },
    strike: async (set) => {
      const master = await set.master();
      master.cable?.hold();
      await set.untilMasterIsNot(master);
      await sleep(THAW_AFTER_MS);
      await master.cable?.mend();
    },
  },
} as const satisfies Record<string, SentinelTrouble>;
