/**
 * Records the commands that BullMQ would send to add a job, so that our scripts can run them in their own step.
 *
 * BullMQ still decides how a job is added: our script contains BullMQ's script and runs it with BullMQ's keys and arguments.
 * test/redis/producing.test.ts and settling.test.ts check that `addJobToTransaction` gives them.
 */
import { Job, type Queue } from 'bullmq';
import type { RedisConnection } from '../redis/connect.js';
import { ALSO_WHEN_FULL, runScript, type ScriptCall } from '../redis/script.js';
import type { NewJob } from './queue.js';

/** Field of a job's hash: the name of its last settling. It is ours; BullMQ does not know it. */
export const SETTLING_FIELD = 'capiSettled';

/** Arguments of BullMQ's scripts that add a job: what it is, its data, its options. */
export const ARGS_A_JOB = 3;
type Argument = string | Buffer;

export interface AddJobCommand {
  readonly name: string;
  readonly keys: readonly string[];
  readonly args: readonly [what: Argument, data: Argument, options: Argument];
}

export type Recorder = (job: NewJob) => AddJobCommand;

/**
 * BullMQ puts its commands in a transaction that is never sent.
 *
 * @throws if Redis is unavailable: BullMQ asks for its version first
 */
export async function openRecorder(queue: Queue): Promise<Recorder> {
  const transaction = (await queue.backend.client).multi();
  let recorded: AddJobCommand | undefined;
  transaction.runCommand = (name, sent: readonly Argument[]) => {
    const [what, data, options] = sent.slice(-ARGS_A_JOB);
    if (what !== undefined && data !== undefined && options !== undefined) {
      recorded = { name, keys: sent.slice(0, -ARGS_A_JOB).map(String), args: [what, data, options] };
    }
    return transaction;
  };
  return ({ data, text, jobId, options }) => {
    recorded = undefined;
    const allOptions = options ? { ...queue.defaultJobOptions, ...options } : queue.defaultJobOptions;
    const job = new Job(queue, queue.name, data, allOptions, jobId).asJSON();
    void queue.backend.addJobToTransaction(transaction, text === undefined ? job : { ...job, data: text }, jobId ?? '');
    return recognised(recorded, text);
  };
}

function recognised(recorded: AddJobCommand | undefined, text: string | undefined): AddJobCommand {
  if (recorded && (text === undefined || recorded.args[1] === text)) return recorded;
  throw new Error('this BullMQ adds jobs in a way that is not known here');
}

/** The text of a script that BullMQ has registered with ioredis as a command. */
export function luaOf(command: string, connection: RedisConnection): string {
  const script = scriptsOf(connection).find(({ name }) => name === command);
  if (script) return script.lua;
  throw new Error(`this BullMQ adds jobs in a way that is not known here: ${command}`);
}

/** Scripts of BullMQ that add data: a full Redis must refuse them. */
const BRINGS_IN = /^(add|update)/;
const FIRST_WITH_FLAGS = 7;

/**
 * Lets BullMQ's scripts that take, lock, move and end jobs run on a full Redis too, if the server supports it.
 *
 * @param version as the server says it
 */
export function allowWhenFull(connection: RedisConnection, version: string): void {
  if (Number.parseInt(version, 10) < FIRST_WITH_FLAGS) return;
  for (const { name, lua, numberOfKeys } of scriptsOf(connection)) {
    // BullMQ's names end in its version: `moveToActive:6.7.0`.
    if (!name.includes(':') || BRINGS_IN.test(name) || lua.startsWith(ALSO_WHEN_FULL)) continue;
    connection.defineCommand(name, { numberOfKeys, lua: ALSO_WHEN_FULL + lua });
  }
}

/**
 * Runs before BullMQ's script that ends a job. The job ends only if its hash has the same last settling as the processor
 * returned, '' for none. After a failover the new master may have an older state of the job, with events that nobody has counted
 * and without letters already written. No job goes to the failed set, because nobody looks there. A job that stays is taken again
 * when its lock has ended.
 *
 * KEYS[12] the job   ARGV[4] what the processor returned, as JSON   ARGV[5] the target
 * Returns -2, BullMQ's answer for a lock that is gone.
 */
const ONLY_WHEN_SETTLED = `
if ARGV[5] == 'failed' then return -2 end
if cjson.decode(ARGV[4]) ~= (redis.call('HGET', KEYS[12], '${SETTLING_FIELD}') or '') then return -2 end
`;
const FINISH = /^moveToFinished:/;

/** Lets BullMQ end a job only if Redis knows that it is settled. */
export function endOnlyWhenSettled(connection: RedisConnection): void {
  for (const { name, lua, numberOfKeys } of scriptsOf(connection)) {
    if (!FINISH.test(name) || lua.includes(ONLY_WHEN_SETTLED)) continue;
    connection.defineCommand(name, { numberOfKeys, lua: ONLY_WHEN_SETTLED + lua });
  }
}

interface DefinedScript {
  readonly name: string;
  readonly lua: string;
  readonly numberOfKeys: number;
}

/** The scripts that a connection has registered as commands. */
function scriptsOf(connection: RedisConnection): DefinedScript[] {
  return Object.entries<unknown>(connection.scriptsSet).flatMap(([name, script]) => {
    if (typeof script !== 'object' || script === null || !('lua' in script) || !('numberOfKeys' in script)) return [];
    const { lua, numberOfKeys } = script;
    return typeof lua === 'string' && typeof numberOfKeys === 'number' ? [{ name, lua, numberOfKeys }] : [];
  });
}

/** Lua: `part(all, first, count)` returns `count` items of a list from `first` on. */
export const PART_LUA = `
local function part(all, first, count)
  local some = {}
  for i = 1, count do some[i] = all[first + i - 1] end
  return some
end`;

/**
 * KEYS: those of BullMQ's script, then those of the script that follows
 * ARGV[1] number of keys of BullMQ's script   ARGV[2] number of jobs
 * then BullMQ's arguments of each job, then those of the script that follows
 * Returns what that script returns.
 */
const luaBefore = (addLua: string, lua: string): string => `
local function addJob(KEYS, ARGV)
${addLua}
end
local function follow(KEYS, ARGV)
${lua}
end
${PART_LUA}
local keyCount, jobs = tonumber(ARGV[1]), tonumber(ARGV[2])
local addKeys = part(KEYS, 1, keyCount)
for j = 1, jobs do addJob(addKeys, part(ARGV, 3 + (j - 1) * ${ARGS_A_JOB}, ${ARGS_A_JOB})) end
local at = 3 + jobs * ${ARGS_A_JOB}
return follow(part(KEYS, keyCount + 1, #KEYS - keyCount), part(ARGV, at, #ARGV - at + 1))`;

/**
 * Adds jobs and runs a script after them, in one step: after a crash, or on a full Redis, either all of it is done or nothing.
 *
 * @param connection the queue's
 * @returns what the script returned
 */
export async function addJobs(
  queue: Queue,
  connection: RedisConnection,
  jobs: readonly NewJob[],
  { script, keys, args }: ScriptCall,
): Promise<unknown> {
  const adds = jobs.map(await openRecorder(queue));
  const [first] = adds;
  if (!first) throw new Error('there is no job to add');
  return runScript(connection, {
    script: { name: script.name, lua: luaBefore(luaOf(first.name, connection), script.lua), isRefusedWhenFull: true },
    keys: [...first.keys, ...keys],
    args: [first.keys.length, adds.length, ...adds.flatMap((add) => add.args), ...args],
  });
}
