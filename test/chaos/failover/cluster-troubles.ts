/**
 * The faults of a Redis Cluster: what each does to the master that holds the account's keys.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterSet } from '../../support/cluster-set.js';

export interface ClusterTrouble {
  readonly strike: (set: ClusterSet) => Promise<void>;
}

/** Any key of the account: all are in one slot. */
const KEY = '{capi:default}:ledger';
const THAW_AFTER_MS = 2_000;

export const CLUSTER_TROUBLES = {
  'cluster: master killed': {
    strike: async (set) => {
      const master = await set.masterOf(KEY);
      await set.kill(master);
      await set.untilMasterIsNot(master, KEY);
      await set.restart(master);
    },
  },
  'cluster: master hung, replaced, thawed': {
    strike: async (set) => {
      const master = await set.masterOf(KEY);
      process.kill(master.pid, 'SIGSTOP');
      await set.untilMasterIsNot(master, KEY);
      await sleep(THAW_AFTER_MS);
      process.kill(master.pid, 'SIGCONT');
    },
  },
  'cluster: planned failover': {
    strike: async (set) => {
      const master = await set.masterOf(KEY);
      await set.failOver(KEY);
      await set.untilMasterIsNot(master, KEY);
    },
  },
  'cluster: slot moved under load': {
    strike: (set) => set.moveSlotOf(KEY),
  },
} as const satisfies Record<string, ClusterTrouble>;
