/**
 * Puts jobs on an account's queue and counts their events in the ledger, by one call of a script.
 *
 * Redis runs a script whole or not at all, as it does a transaction; but a call is one command with one answer. To make a
 * transaction of one command a job and three more cost the caller more than all the rest of a lone event.
 */
import type { Queue } from 'bullmq';
import { ARGS_A_JOB, luaOf, openRecorder, type Recorder } from '../bullmq-commands.js';
import { keysOf, type LedgerField, type NewJob } from '../queue.js';
import type { RedisConnection } from '../redis.js';
import { type RedisScript, runScript } from '../redis-script.js';

interface NewJobs {
  /** The jobs' data as JSON. */
  readonly texts: readonly string[];
  /** Of all jobs together. */
  readonly eventCount: number;
  /** What the jobs are part of, as BullMQ keeps it: absent where nothing is traced. */
  readonly trace?: string | undefined;
}

const ENQUEUED: LedgerField = 'enqueued';

/**
 * KEYS: those of BullMQ's script, then the ledger   ARGV[1] count of events   ARGV[2..] BullMQ's arguments, job after job
 * Returns 1.
 */
const luaAround = (addJobLua: string): string => `
local function addJob(KEYS, ARGV)
${addJobLua}
end
for i = 2, #ARGV, ${ARGS_A_JOB} do addJob(KEYS, {ARGV[i], ARGV[i + 1], ARGV[i + 2]}) end
redis.call('HINCRBY', KEYS[#KEYS], '${ENQUEUED}', ARGV[1])
return 1`;

export class EnqueueScript {
  readonly #queue: Queue;
  readonly #connection: RedisConnection;
  readonly #ledger: string;
  #script: RedisScript | undefined;
  #record: Recorder | undefined;

  constructor(account: string, queue: Queue, connection: RedisConnection) {
    this.#queue = queue;
    this.#connection = connection;
    this.#ledger = keysOf(account).ledger;
  }

  /**
   * Resolves when all of it is done.
   *
   * @throws where Redis is away or refuses writes; nothing was added then, or the answer was lost on its way
   */
  async run({ texts, eventCount, trace }: NewJobs): Promise<void> {
    this.#record ??= await openRecorder(this.#queue);
    const shared: NewJob = trace === undefined ? {} : { options: { telemetry: { metadata: trace } } };
    const args: (string | Buffer | number)[] = [eventCount];
    let keys: readonly string[] = [];
    for (const text of texts) {
      const command = this.#record({ ...shared, text });
      keys = command.keys;
      args.push(...command.args);
      this.#script ??= { name: 'capiEnqueue', lua: luaAround(luaOf(command.name, this.#connection)) };
    }
    if (this.#script) await runScript(this.#connection, { script: this.#script, keys: [...keys, this.#ledger], args });
  }
}
