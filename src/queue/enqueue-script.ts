/**
 * Puts jobs on an account's queue, and their events in the index of ids and in the ledger, in one script call.
 *
 * Redis runs a script whole or not at all, like a transaction, but a call is one command with one answer. A transaction has one
 * command a job and three more: for a lone event that costs the caller more than everything else.
 */
import type { RedisConnection } from '../redis/connect.js';
import type { RedisScript } from '../redis/script.js';
import { type Alias, aliasDayOf, KEEP_ALIAS_LUA } from './alias-index.js';
import { luaOf } from './bullmq-commands.js';
import { QUEUE_INDEX_LUA } from './id-index.js';
import { JobRecorder } from './job-recorder.js';
import type { JobText } from './pack-jobs.js';
import { type AccountKeys, CONVERSIONS_QUEUE, keysOf, type LedgerField } from './queue.js';
import type { ScriptWrites } from './script-writes.js';

interface NewJobs {
  readonly jobs: readonly JobText[];
  readonly aliases: readonly Alias[];
  /** Of all jobs together. */
  readonly eventCount: number;
  /** The trace of the jobs, as BullMQ stores it; absent if nothing is traced. */
  readonly trace?: string | undefined;
}

const ENQUEUED: LedgerField = 'enqueued';

/** The script replaces this with each job's own data. */
const ANY_DATA = '{}';

/**
 * KEYS: those of BullMQ's script, then the ledger, the prefix of the index, and that of the day's aliases
 * ARGV[1] count of events   ARGV[2], ARGV[3] what the jobs are and their options, as BullMQ writes them
 * ARGV[4] number of jobs   ARGV[5] when the day's aliases end
 * ARGV[6..] a job's data, index digests of its events, data, digests, …; then an alias's digest, the shop's id, …
 * Returns how many events the ledger has accepted.
 */
const luaAround = (addJobLua: string): string => `
local function addJob(KEYS, ARGV)
${addJobLua}
end
${QUEUE_INDEX_LUA}
${KEEP_ALIAS_LUA}
local jobs = tonumber(ARGV[4])
for i = 6, 4 + 2 * jobs, 2 do
  local id = addJob(KEYS, {ARGV[2], ARGV[i], ARGV[3]})
  listJob(KEYS[#KEYS - 1], ARGV[i + 1], id .. '')
end
for i = 6 + 2 * jobs, #ARGV, 2 do keepAlias(KEYS[#KEYS], ARGV[i], ARGV[i + 1], ARGV[5]) end
return redis.call('HINCRBY', KEYS[#KEYS - 2], '${ENQUEUED}', ARGV[1])`;

interface EnqueueScriptOptions {
  readonly account: string;
  readonly connection: RedisConnection;
  readonly writes: ScriptWrites;
}

export class EnqueueScript {
  readonly #recorder: JobRecorder;
  readonly #connection: RedisConnection;
  readonly #writes: ScriptWrites;
  readonly #keys: AccountKeys;
  #script: RedisScript | undefined;

  constructor({ account, connection, writes }: EnqueueScriptOptions) {
    this.#recorder = new JobRecorder(account, CONVERSIONS_QUEUE, connection);
    this.#connection = connection;
    this.#writes = writes;
    this.#keys = keysOf(account);
  }

  /**
   * Resolves when all of it is done and acknowledged.
   *
   * @returns how many events the ledger has accepted, including these
   * @throws if Redis is unavailable, refuses writes, or has too few replicas: nothing was added, or it does not count
   */
  async run({ jobs, aliases, eventCount, trace }: NewJobs): Promise<number> {
    const record = await this.#recorder.open();
    const { name, keys, args } = record({
      text: ANY_DATA,
      ...(trace !== undefined && { options: { telemetry: { metadata: trace } } }),
    });
    const [what, , options] = args;
    const { day, endsMs } = aliasDayOf(Date.now());
    this.#script ??= {
      name: 'capiEnqueue',
      lua: luaAround(luaOf(name, this.#connection)),
      isRefusedWhenFull: true,
    };
    const accepted = await this.#writes.run({
      script: this.#script,
      keys: [...keys, this.#keys.ledger, this.#keys.queuedIds, `${this.#keys.aliases}${day}:`],
      args: [
        eventCount,
        what,
        options,
        jobs.length,
        endsMs,
        ...jobs.flatMap(({ text, digests }) => [text, digests]),
        ...aliases.flatMap(({ digest, value }) => [digest, value]),
      ],
    });
    return Number(accepted);
  }

  /** Does not close the connection: it belongs to the caller. */
  close(): Promise<void> {
    return this.#recorder.close();
  }
}
