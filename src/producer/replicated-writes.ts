/**
 * Writes that count only when replicas have them too, so that a failover loses none that was acknowledged.
 *
 * The write and `WAIT` go out together, on a connection of their own to the master that takes the write. That connection
 * never sends anything twice: `WAIT` asks for what its own connection has written, so that after a reconnect it would be
 * content with a write that is gone. Any error, redirect, reconnect or missing replica means: not acknowledged.
 */
import { Cluster, Command, type Redis } from 'ioredis';
import { type Acknowledgement, REDIS_COMMAND_TIMEOUT_MS } from '../config.js';
import type { RedisConnection } from '../redis.js';
import type { ScriptCall } from '../redis-script.js';
import { QueueUnavailableError } from './errors.js';
import { ReplicatedLane } from './replicated-lane.js';
import type { ScriptWrites } from './script-writes.js';

/** What makes a connection forget instead of sending again: commands without an answer fail when it breaks. */
const SEND_ONCE = {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  commandTimeout: REDIS_COMMAND_TIMEOUT_MS,
  connectionName: 'capi-acknowledge',
  lazyConnect: false,
} as const;
const ONLY_SERVER = '';

export class ReplicatedWrites implements ScriptWrites {
  readonly #connection: RedisConnection;
  readonly #acknowledgement: Acknowledgement;
  /** By the master's address in a Cluster. */
  readonly #lanes = new Map<string, ReplicatedLane>();

  constructor(connection: RedisConnection, acknowledgement: Acknowledgement) {
    this.#connection = connection;
    this.#acknowledgement = acknowledgement;
  }

  async run(call: ScriptCall): Promise<unknown> {
    try {
      return await this.#laneFor(call).run(call);
    } catch (error) {
      // Whoever holds the keys now is known before the caller comes again.
      if (this.#connection instanceof Cluster) this.#connection.refreshSlotsCache();
      throw error;
    }
  }

  close(): void {
    for (const lane of this.#lanes.values()) lane.close();
  }

  #laneFor({ keys }: ScriptCall): ReplicatedLane {
    const { address, open } = this.#masterOf(keys[0] ?? '');
    const known = this.#lanes.get(address);
    if (known) return known;
    const connection = open();
    const lane = new ReplicatedLane(connection, this.#acknowledgement);
    this.#lanes.set(address, lane);
    // A node of a Cluster that is gone is not looked for again: another has its slots.
    connection.on('end', () => {
      if (this.#lanes.get(address) === lane) this.#lanes.delete(address);
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
