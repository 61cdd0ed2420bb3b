/**
 * Puts jobs on an account's queue and counts their events in the ledger, by one call of a script.
 *
 * Redis runs a script whole or not at all, as it does a transaction; but a call is one command with one answer. To make a
 * transaction of one command a job and three more cost the caller more than all the rest of a lone event.
 *
 * How a job is added stays BullMQ's: our script holds BullMQ's own and runs it once a job, with the keys and arguments that
 * BullMQ makes for it. That they can be had by `addJobToTransaction` is pinned by test/redis/producing.test.ts.
 */
import { Job, type JobsOptions, type Queue } from 'bullmq';
import { keysOf, type LedgerField } from '../queue.js';
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
/** BullMQ's script takes so many arguments: what the job is, its data, its options. */
const ARGS_A_JOB = 3;

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

/** What BullMQ would send to add a job. */
interface AddJobCommand {
  readonly name: string;
  readonly keysAndArgs: readonly (string | Buffer)[];
}

export class EnqueueScript {
  readonly #queue: Queue;
  readonly #connection: RedisConnection;
  readonly #ledger: string;
  #script: RedisScript | undefined;
  #record: ((text: string, options: JobsOptions) => AddJobCommand) | undefined;

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
    const shared = this.#queue.defaultJobOptions;
    const options = trace === undefined ? shared : { ...shared, telemetry: { metadata: trace } };
    const args: (string | Buffer | number)[] = [eventCount];
    let keys: string[] = [];
    for (const text of texts) {
      const { name, keysAndArgs } = this.#record(text, options);
      keys = keysAndArgs.slice(0, -ARGS_A_JOB).map(String);
      args.push(...keysAndArgs.slice(-ARGS_A_JOB));
      this.#script ??= { name: 'capiEnqueue', lua: luaAround(luaOf(name, this.#connection)) };
    }
    if (this.#script) await runScript(this.#connection, { script: this.#script, keys: [...keys, this.#ledger], args });
  }
}

/**
 * BullMQ puts its commands in a transaction that is never sent, and what it put there is taken down.
 *
 * @throws where Redis is away: BullMQ asks for its version first
 */
async function openRecorder(queue: Queue): Promise<(text: string, options: JobsOptions) => AddJobCommand> {
  const transaction = (await queue.backend.client).multi();
  let recorded: AddJobCommand | undefined;
  transaction.runCommand = (name, keysAndArgs) => {
    recorded = { name, keysAndArgs };
    return transaction;
  };
  return (text, options) => {
    recorded = undefined;
    const job = new Job(queue, queue.name, undefined, options).asJSON();
    void queue.backend.addJobToTransaction(transaction, { ...job, data: text }, '');
    if (!recorded) throw new Error('this BullMQ adds jobs in a way that is not known here');
    return recorded;
  };
}

/** The text of a script that BullMQ has given ioredis as a command. */
function luaOf(command: string, connection: RedisConnection): string {
  const script: unknown = Object.entries(connection.scriptsSet).find(([name]) => name === command)?.[1];
  if (typeof script === 'object' && script !== null && 'lua' in script && typeof script.lua === 'string')
    return script.lua;
  throw new Error(`this BullMQ adds jobs in a way that is not known here: ${command}`);
}
