/**
 * Failovers: every fault of a Redis with replicas, each on its own servers.
 */
import { ClusterSet } from '../../support/cluster-set.js';
import { SentinelSet, type SentinelSetOptions } from '../../support/sentinel-set.js';
import { CLUSTER_TROUBLES, type ClusterTrouble } from './cluster-troubles.js';
import { SENTINEL_TROUBLES, type SentinelTrouble } from './sentinel-troubles.js';
import { runTrial, type TrialOptions, type TrialResult } from './trial.js';

export type TroubleName = keyof typeof SENTINEL_TROUBLES | keyof typeof CLUSTER_TROUBLES;

export const TROUBLE_NAMES = Object.keys({ ...SENTINEL_TROUBLES, ...CLUSTER_TROUBLES }) as TroubleName[];

interface FailoverOptions extends Omit<TrialOptions, 'redisUrl' | 'strike'> {
  /** After how long the servers regard one of them as down. */
  readonly downAfterMs: number;
}

export async function tryFailover(name: TroubleName, options: FailoverOptions): Promise<TrialResult> {
  const { downAfterMs, ...trial } = options;
  const sentinelTrouble = find<SentinelTrouble>(SENTINEL_TROUBLES, name);
  const clusterTrouble = find<ClusterTrouble>(CLUSTER_TROUBLES, name);
  if (sentinelTrouble) return trySentinels(sentinelTrouble, { ...sentinelTrouble.options, downAfterMs }, trial);
  if (clusterTrouble) return tryCluster(clusterTrouble, downAfterMs, trial);
  throw new Error(`there is no trouble ${name}: there are ${TROUBLE_NAMES.join(', ')}`);
}

function find<T>(troubles: Readonly<Record<string, T>>, name: string): T | undefined {
  return troubles[name];
}

type Load = Omit<TrialOptions, 'redisUrl' | 'strike'>;

async function trySentinels(trouble: SentinelTrouble, options: SentinelSetOptions, load: Load): Promise<TrialResult> {
  const set = await SentinelSet.start(options);
  try {
    trouble.prepare?.(set);
    return await runTrial({ ...load, redisUrl: set.url, strike: () => trouble.strike(set) });
  } finally {
    await set.stop();
  }
}

async function tryCluster(trouble: ClusterTrouble, nodeTimeoutMs: number, load: Load): Promise<TrialResult> {
  const set = await ClusterSet.start({ nodeTimeoutMs });
  try {
    return await runTrial({ ...load, redisUrl: set.url, strike: () => trouble.strike(set) });
  } finally {
    await set.stop();
  }
}
