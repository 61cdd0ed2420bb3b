/**
 * Puts jobs on an account's queue and counts their events in the ledger, by one call of a script.
 *
 * Redis runs a script whole or not at all, as it does a transaction; but a call is one command with one answer. To make a
 * transaction of one command a job and three more cost the caller more than all the rest of a lone event.
 */
import type { Queue } from 'bullmq';
import type { RedisConnection } from '../redis/connect.js';
import type { RedisScript } from '../redis/script.js';
import { luaOf, openRecorder, type Recorder } from './bullmq-commands.js';
import { keysOf, type LedgerField } from './queue.js';
import type { ScriptWrites } from './script-writes.js';

interface NewJobs {
  /** The jobs' data as JSON. */
  readonly texts: readonly string[];
  /** Of all jobs together. */
  readonly eventCount: number;
  /** What the jobs are part of, as BullMQ keeps it: absent where nothing is traced. */
  readonly trace?: string | undefined;
}

const ENQUEUED: LedgerField = 'enqueued';

/** The script puts each job's own data in its place. */
const ANY_DATA = '{}';

/**
 * KEYS: those of BullMQ's script, then the ledger
 * ARGV[1] count of events   ARGV[2], ARGV[3] what the jobs are and their options, as BullMQ writes them   ARGV[4..] their data
 * Returns how many events the ledger has accepted.
 */
const luaAround = (addJobLua: string): string => `
local function addJob(KEYS, ARGV)
${addJobLua}
end
for i = 4, #ARGV do addJob(KEYS, {ARGV[2], ARGV[i], ARGV[3]}) end
return redis.call('HINCRBY', KEYS[#KEYS], '${ENQUEUED}', ARGV[1])`;

interface EnqueueScriptParts {
  readonly account: string;
  readonly queue: Queue;
  readonly connection: RedisConnection;
  readonly writes: ScriptWrites;
}

export class EnqueueScript {
  readonly #queue: Queue;
  readonly #connection: RedisConnection;
  readonly #writes: ScriptWrites;
  readonly #ledger: string;
  #record: Recorder | undefined;
  #script: RedisScript | undefined;

  constructor({ account, queue, connection, writes }: EnqueueScriptParts) {
    this.#queue = queue;
    this.#connection = connection;
    this.#writes = writes;
    this.#ledger = keysOf(account).ledger;
  }

  /**
   * Resolves when all of it is done and acknowledged.
   *
   * @returns how many events the ledger has accepted, these included
   * @throws where Redis is away, refuses writes, or has too few replicas; nothing was added then, or it does not count
   */
  async run({ texts, eventCount, trace }: NewJobs): Promise<number> {
    this.#record ??= await openRecorder(this.#queue);
    const { name, keys, args } = this.#record({
      text: ANY_DATA,
      ...(trace !== undefined && { options: { telemetry: { metadata: trace } } }),
    });
    const [what, , options] = args;
    this.#script ??= {
      name: 'capiEnqueue',
      lua: luaAround(luaOf(name, this.#connection)),
      isRefusedWhenFull: true,
    };
    const accepted = await this.#writes.run({
      script: this.#script,
      keys: [...keys, this.#ledger],
      args: [eventCount, what, options, ...texts],
    });
    return Number(accepted);
  }
}
