/**
 * Puts jobs on an account's queue and counts their events in the ledger, by one call of a script.
 *
 * Redis runs a script whole or not at all, as it does a transaction; but a call is one command with one answer. To make a
 * transaction of one command a job and three more cost the caller more than all the rest of a lone event.
 *
 * How a job is added stays BullMQ's: our script holds BullMQ's own and runs it with the arguments that BullMQ makes. Of
 * those we know three, pinned by test/redis/producing.test.ts: ARGV[1] is a packed list whose fourth is the job's time,
 * ARGV[2] is its data, ARGV[3] its packed options, in which `tm` is its trace.
 */
import { Job, type Queue } from 'bullmq';
import { keysOf, type LedgerField } from '../queue.js';
import type { RedisConnection } from '../redis.js';
import { type RedisScript, runScript } from '../redis-script.js';

export interface NewJobs {
  /** The jobs' data as JSON. */
  readonly texts: readonly string[];
  /** Of all jobs together. */
  readonly eventCount: number;
  /** What the jobs are part of, as BullMQ keeps it: absent where nothing is traced. */
  readonly trace?: string | undefined;
}

const ENQUEUED: LedgerField = 'enqueued';

/**
 * KEYS: those of BullMQ's script, then the ledger
 * ARGV: packed list, packed options, time in ms, trace or '', count of events; then the data of each job
 * Returns 1.
 */
const luaAround = (addJobLua: string): string => `
local function addJob(KEYS, ARGV)
${addJobLua}
end
local list, packedOptions = cmsgpack.unpack(ARGV[1]), ARGV[2]
list[4] = tonumber(ARGV[3])
local packedList = cmsgpack.pack(list)
if ARGV[4] ~= '' then
  local options = cmsgpack.unpack(packedOptions)
  options['tm'] = ARGV[4]
  packedOptions = cmsgpack.pack(options)
end
for i = 6, #ARGV do addJob(KEYS, {packedList, ARGV[i], packedOptions}) end
redis.call('HINCRBY', KEYS[#KEYS], '${ENQUEUED}', ARGV[5])
return 1`;

export class EnqueueScript {
  readonly #connection: RedisConnection;
  readonly #script: RedisScript;
  readonly #keys: readonly string[];
  /** The packed list and the packed options. */
  readonly #jobArgs: readonly [string | Buffer, string | Buffer];

  private constructor(connection: RedisConnection, command: AddJobCommand, ledger: string) {
    this.#connection = connection;
    this.#script = { name: 'capiEnqueue', lua: luaAround(command.lua) };
    this.#keys = [...command.keys, ledger];
    this.#jobArgs = [command.list, command.options];
  }

  /** @throws where Redis is away: BullMQ asks for its version first */
  static async open(account: string, queue: Queue, connection: RedisConnection): Promise<EnqueueScript> {
    return new EnqueueScript(connection, await recordAddJob(queue, connection), keysOf(account).ledger);
  }

  /**
   * Resolves when all of it is done.
   *
   * @throws where Redis is away or refuses writes; nothing was added then, or the answer was lost on its way
   */
  async run({ texts, eventCount, trace = '' }: NewJobs): Promise<void> {
    const args = [...this.#jobArgs, Date.now(), trace, eventCount, ...texts];
    await runScript(this.#connection, { script: this.#script, keys: this.#keys, args });
  }
}

interface AddJobCommand {
  readonly lua: string;
  readonly keys: readonly string[];
  readonly list: string | Buffer;
  readonly options: string | Buffer;
}

/** What BullMQ sends to add a job to this queue: looked at in a transaction that is thrown away. */
async function recordAddJob(queue: Queue, connection: RedisConnection): Promise<AddJobCommand> {
  const transaction = (await queue.backend.client).multi();
  let command = '';
  let sent: (string | Buffer)[] = [];
  transaction.runCommand = (name, args) => {
    [command, sent] = [name, args];
    return transaction;
  };
  const job = new Job(queue, queue.name, {}, queue.defaultJobOptions).asJSON();
  await queue.backend.addJobToTransaction(transaction, job, '');
  const [, script] = Object.entries(connection.scriptsSet).find(([name]) => name === command) ?? [];
  const [list, , options] = sent.slice(-3);
  if (!isScript(script) || !list || !options) throw new Error('this BullMQ adds jobs in a way that is not known here');
  return { lua: script.lua, keys: sent.slice(0, -3).map(String), list, options };
}

function isScript(value: unknown): value is { readonly lua: string } {
  return typeof value === 'object' && value !== null && 'lua' in value && typeof value.lua === 'string';
}
