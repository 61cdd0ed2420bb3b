/**
 * Writes that count only when replicas have them too, so that a failover loses no acknowledged write.
 *
 * The write and `WAIT` are sent together, on a separate connection to the master that takes the write. A few such connections
 * take turns, because `WAIT` keeps its connection busy. Such a connection never sends anything twice: `WAIT` asks for what its
 * own connection has written, so after a reconnect it would accept a write that is gone. Any error, redirect, reconnect or
 * missing replica means: not acknowledged.
 */
import { Cluster, Command, type Redis } from 'ioredis';
import type { RedisConnection } from '../redis/connect.js';
import type { ScriptCall } from '../redis/script.js';
import { type Acknowledgement, REDIS_COMMAND_TIMEOUT_MS } from '../settings/config.js';
import { ExpectedReplicas } from './expected-replicas.js';
import { QueueUnavailableError } from './queue-unavailable-error.js';
import { ReplicatedLane } from './replicated-lane.js';
import type { ScriptWrites } from './script-writes.js';
import { SentinelView } from './sentinel-view.js';

/** Makes a connection drop commands instead of sending them again: commands without an answer fail when it breaks. */
const SEND_ONCE = {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  commandTimeout: REDIS_COMMAND_TIMEOUT_MS,
  connectionName: 'capi-acknowledge',
  lazyConnect: false,
  // The process's own connection has one, and reconnects these too.
  failoverDetector: false,
} as const;
interface MasterLanes {
  readonly expected: ExpectedReplicas;
  readonly lanes: ReplicatedLane[];
}

const ONLY_SERVER = '';
/** More connections would each carry less: a group commit has two writes in progress, and eight when they are full. */
const LANES_AT_ONCE = 4;

export class ReplicatedWrites implements ScriptWrites {
  readonly #connection: RedisConnection;
  readonly #acknowledgement: Acknowledgement;
  /** By the master's address in a Cluster. */
  readonly #masters = new Map<string, MasterLanes>();
  readonly #sentinels: SentinelView | undefined;

  constructor(connection: RedisConnection, acknowledgement: Acknowledgement) {
    this.#connection = connection;
    this.#acknowledgement = acknowledgement;
    const hasSentinels = !(connection instanceof Cluster) && connection.options.sentinels;
    this.#sentinels = hasSentinels ? new SentinelView(connection.options) : undefined;
    // The connection was cut, or was told that there is another master.
    connection.on('close', () => {
      for (const { expected, lanes } of this.#masters.values()) {
        expected.reset();
        for (const lane of lanes) lane.reconnect();
      }
    });
  }

  async run(call: ScriptCall): Promise<unknown> {
    try {
      return await this.#laneFor(call).run(call);
    } catch (error) {
      // The new owner of the keys is known before the caller tries again.
      if (this.#connection instanceof Cluster) this.#connection.refreshSlotsCache();
      throw error;
    }
  }

  close(): void {
    for (const { lanes } of this.#masters.values()) for (const lane of lanes) lane.close();
  }

  /** An idle lane, or else the one with the fewest writes in progress. */
  #laneFor({ keys }: ScriptCall): ReplicatedLane {
    const { address, open } = this.#masterOf(keys[0] ?? '');
    const fresh = { expected: new ExpectedReplicas(this.#acknowledgement.replicas), lanes: [] };
    const master = this.#masters.get(address) ?? fresh;
    this.#masters.set(address, master);
    const [first] = master.lanes.toSorted((left, right) => left.busy - right.busy);
    return first && (first.busy === 0 || master.lanes.length === LANES_AT_ONCE)
      ? first
      : this.#openLane(master, open());
  }

  #openLane({ expected, lanes }: MasterLanes, connection: Redis): ReplicatedLane {
    const lane = new ReplicatedLane(connection, this.#acknowledgement, expected, this.#sentinels);
    lanes.push(lane);
    // A Cluster node that is gone is not looked for again: another has its slots.
    connection.on('end', () => {
      const place = lanes.indexOf(lane);
      if (place >= 0) lanes.splice(place, 1);
    });
    return lane;
  }

  #masterOf(key: string): { readonly address: string; readonly open: () => Redis } {
    const connection = this.#connection;
    if (!(connection instanceof Cluster)) {
      return { address: ONLY_SERVER, open: () => connection.duplicate(SEND_ONCE) };
    }
    const address = connection.slots[new Command('get', [key]).getSlot()]?.[0];
    const node = connection.nodes('master').find(({ options }) => `${options.host}:${options.port}` === address);
    if (address === undefined || !node) {
      throw new QueueUnavailableError('no node of the Redis Cluster is known to hold the queue: nothing was queued');
    }
    return { address, open: () => node.duplicate({ ...SEND_ONCE, retryStrategy: null }) };
  }
}
