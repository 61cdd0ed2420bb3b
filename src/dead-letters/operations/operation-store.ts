/**
 * Records of operations, and the history of who did what. They are in Redis, so that commands and consoles see the same, any of
 * them can cancel, and an operation can continue after a crash.
 *
 * One process runs an operation at a time. It has a token; a step of any other process is refused. Times are Redis's.
 */
import { randomBytes } from 'node:crypto';
import { type AccountKeys, keysOf } from '../../queue/queue.js';
import { redisNowMs, TIME_LUA } from '../../redis/clock.js';
import type { RedisConnection } from '../../redis/connect.js';
import { type RedisScript, runScript } from '../../redis/script.js';
import { frozenAt } from '../filter.js';
import { jsonOf } from '../json-text.js';
import { correctionText } from './edit.js';
import {
  type Actor,
  digestOfOrder,
  type OperationKind,
  type OperationOrder,
  type OperationRecord,
  type OperationState,
  recordSchema,
  type Skip,
  STALE_MS,
  withoutPersonalData,
} from './operation.js';

const RECORDS_KEPT = 500;
const RECORD_DAYS = 90;
/** Approximate: Redis trims a stream where it is cheap. */
export const HISTORY_LENGTH = 10_000;

const NOW_LUA = `${TIME_LUA}
local function tell(stream, entry)
  redis.call('XADD', stream, 'MAXLEN', '~', ${HISTORY_LENGTH}, '*', 'entry', entry)
end`;

/**
 * KEYS[1] record   KEYS[2] operations   KEYS[3] history
 * ARGV[1] id   ARGV[2] runner   ARGV[3] the fixed part, JSON   ARGV[4] total   ARGV[5] history's entry   ARGV[6] days kept
 * Returns 1.
 */
const BEGIN: RedisScript = {
  name: 'capiBeginOperation',
  lua: `${NOW_LUA}
redis.call('HSET', KEYS[1], 'fixed', ARGV[3], 'state', 'running', 'runner', ARGV[2], 'total', ARGV[4],
  'startedAt', now, 'updatedAt', now, 'done', 0, 'skipped', 0)
redis.call('EXPIRE', KEYS[1], ARGV[6] * 86400)
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -${RECORDS_KEPT + 1})
tell(KEYS[3], ARGV[5])
return 1`,
};

/**
 * KEYS[1] record   KEYS[2] history   ARGV[1] new runner   ARGV[2] ms after which the last one counts as gone   ARGV[3] entry
 * Returns 1 taken over, 0 another process runs it, -1 it does not exist or is done.
 */
const TAKE_OVER: RedisScript = {
  name: 'capiTakeOverOperation',
  lua: `${NOW_LUA}
local known = redis.call('HMGET', KEYS[1], 'state', 'updatedAt')
if not known[1] or known[1] == 'done' then return -1 end
if known[1] == 'running' and now - tonumber(known[2]) < tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'state', 'running', 'runner', ARGV[1], 'updatedAt', now)
redis.call('HDEL', KEYS[1], 'cancelledBy', 'endedAt')
tell(KEYS[2], ARGV[3])
return 1`,
};

/**
 * KEYS[1] record   ARGV[1] runner
 * Returns 0 continue, 1 somebody asked to cancel, -1 another process runs it.
 */
const BEAT: RedisScript = {
  name: 'capiBeatOperation',
  lua: `${NOW_LUA}
if redis.call('HGET', KEYS[1], 'runner') ~= ARGV[1] then return -1 end
redis.call('HSET', KEYS[1], 'updatedAt', now)
return redis.call('HEXISTS', KEYS[1], 'cancelledBy')`,
};

/**
 * KEYS[1] record   KEYS[2] history   ARGV[1] runner   ARGV[2] state   ARGV[3] skips, JSON   ARGV[4] entry   ARGV[5] skipped
 * Returns 1, or 0 if another process runs it.
 */
const END: RedisScript = {
  name: 'capiEndOperation',
  lua: `${NOW_LUA}
if redis.call('HGET', KEYS[1], 'runner') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[2], 'endedAt', now, 'updatedAt', now, 'skips', ARGV[3], 'skipped', ARGV[5])
local entry = cjson.decode(ARGV[4])
entry.done = tonumber(redis.call('HGET', KEYS[1], 'done'))
tell(KEYS[2], cjson.encode(entry))
return 1`,
};

/**
 * KEYS[1] record   ARGV[1] who asks   ARGV[2] ms after which the runner counts as gone
 * Returns 1 if it will stop, or has stopped: without a runner this call ends it.
 */
const CANCEL: RedisScript = {
  name: 'capiCancelOperation',
  lua: `${NOW_LUA}
local known = redis.call('HMGET', KEYS[1], 'state', 'updatedAt')
if known[1] ~= 'running' then return 0 end
redis.call('HSET', KEYS[1], 'cancelledBy', ARGV[1])
if now - tonumber(known[2]) >= tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], 'state', 'cancelled', 'endedAt', now) end
return 1`,
};

/** Counted by settlings (worker/settle-script.ts) and erasures. */
const OUTCOME_FIELDS = ['delivered', 'duplicate', 'diedAgain', 'erased'] as const;
const NO_OUTCOMES = Object.fromEntries(OUTCOME_FIELDS.map((name) => [name, 0]));

/** The marks that settlings write in an operation's list; an event that is not settled yet has no mark. */
const MARKS = { delivered: 'd', duplicate: 'u', diedAgain: 'x', inFlight: '' } as const;
export type ListedOutcome = keyof typeof MARKS;

/** A run of an operation by one process; its token gives the right to run it. */
export interface Run {
  readonly id: string;
  readonly runner: string;
}

export class OperationStore {
  readonly account: string;
  readonly #connection: RedisConnection;
  readonly #keys: AccountKeys;

  constructor(account: string, connection: RedisConnection) {
    this.account = account;
    this.#connection = connection;
    this.#keys = keysOf(account);
  }

  keyOf(id: string): string {
    return this.#keys.operation + id;
  }

  /** @param untilMs when it begins: letters that die later do not belong to it */
  async begin(
    kind: OperationKind,
    order: OperationOrder,
    actor: Actor,
    { total, untilMs }: { total: number; untilMs: number },
  ): Promise<Run> {
    const run = { id: randomBytes(5).toString('hex'), runner: newRunner() };
    const { order: known, isWhole } = withoutPersonalData(order);
    const kept = { ...known, filter: frozenAt(known.filter, untilMs) };
    const fixed = { id: run.id, kind, ...actor, order: kept, isResumable: isWhole, digest: digestOfOrder(kind, order) };
    const entry = { phase: 'started', operation: run.id, kind, ...actor, ...kept, total };
    await this.#run(BEGIN, [this.keyOf(run.id), this.#keys.operations, this.#keys.history], {
      id: run.id,
      runner: run.runner,
      fixed: JSON.stringify(fixed),
      total,
      entry: JSON.stringify(entry),
      days: RECORD_DAYS,
    });
    return run;
  }

  /** @returns 'running' if another process runs it */
  async takeOver(id: string, actor: Actor): Promise<Run | 'running' | 'ended'> {
    const runner = newRunner();
    const entry = JSON.stringify({ phase: 'resumed', operation: id, ...actor });
    const keys = [this.keyOf(id), this.#keys.history];
    const reply = await this.#run(TAKE_OVER, keys, { runner, stale: STALE_MS, entry });
    if (reply === 1) return { id, runner };
    return reply === 0 ? 'running' : 'ended';
  }

  /** Records that the run continues. */
  async beat({ id, runner }: Run): Promise<'go on' | 'cancelled' | 'lost'> {
    const reply = await this.#run(BEAT, [this.keyOf(id)], { runner });
    if (reply === 0) return 'go on';
    return reply === 1 ? 'cancelled' : 'lost';
  }

  async end(
    { id, runner }: Run,
    state: Exclude<OperationState, 'running' | 'interrupted'>,
    { kind, skipped, skips, ...actor }: Actor & { kind: OperationKind; skipped: number; skips: readonly Skip[] },
  ): Promise<void> {
    const entry = JSON.stringify({ phase: state, operation: id, kind, ...actor, skipped });
    const keys = [this.keyOf(id), this.#keys.history];
    await this.#run(END, keys, { runner, state, skips: JSON.stringify(skips), entry, skipped });
  }

  /** @returns false if it was not running */
  async cancel(id: string, by: string): Promise<boolean> {
    return (await this.#run(CANCEL, [this.keyOf(id)], { by, stale: STALE_MS })) === 1;
  }

  async read(id: string): Promise<OperationRecord | undefined> {
    const [fields, nowMs] = await Promise.all([
      this.#connection.hgetall(this.keyOf(id)),
      redisNowMs(this.#connection, this.keyOf(id)),
    ]);
    return readRecord(fields, nowMs);
  }

  /** Dedupe ids of a replay's events with this outcome; only of the first EVENTS_LISTED, and only for some days. */
  async events(id: string, outcome: ListedOutcome): Promise<string[]> {
    const marks = await this.#connection.hgetall(eventsKeyOf(this.keyOf(id)));
    return Object.entries(marks).flatMap(([event, mark]) => (mark === MARKS[outcome] ? [event] : []));
  }

  /** The latest operations that replayed this event, the oldest first. */
  async replaysOf(
    clientDedupeId: string,
    limit: number,
  ): Promise<{ readonly startedAt: number; readonly by: string; readonly corrections: readonly string[] }[]> {
    const replays = (await this.list(limit)).filter(({ kind }) => kind === 'replay');
    const marks = await Promise.all(
      replays.map(({ id }) => this.#connection.hget(eventsKeyOf(this.keyOf(id)), clientDedupeId)),
    );
    return replays
      .filter((_, place) => marks[place] !== null)
      .toReversed()
      .map(({ startedAt, by, order }) => ({ startedAt, by, corrections: order.corrections.map(correctionText) }));
  }

  /** The newest first. */
  async list(limit: number): Promise<OperationRecord[]> {
    const ids = await this.#connection.zrange(this.#keys.operations, '0', String(limit - 1), 'REV');
    if (ids.length === 0) return [];
    const [[seconds = 0], ...fields] = await Promise.all([
      this.#connection.time(),
      ...ids.map((id) => this.#connection.hgetall(this.keyOf(id))),
    ]);
    return fields.map((record) => readRecord(record, seconds * 1000)).filter((record) => record !== undefined);
  }

  #run(script: RedisScript, keys: readonly string[], args: Readonly<Record<string, string | number>>) {
    return runScript(this.#connection, { script, keys, args: Object.values(args) });
  }
}

function eventsKeyOf(recordKey: string): string {
  return `${recordKey}:events`;
}

function newRunner(): string {
  return randomBytes(4).toString('hex');
}

function readRecord(fields: Readonly<Record<string, string>>, nowMs: number): OperationRecord | undefined {
  const { fixed, skips = '[]', ...rest } = fields;
  if (fixed === undefined) return undefined;
  const numbers = ['startedAt', 'updatedAt', 'endedAt', 'total', 'done', 'skipped', ...OUTCOME_FIELDS].flatMap(
    (name) => {
      const value = rest[name];
      return value === undefined ? [] : [[name, Number(value)] as const];
    },
  );
  const known = jsonOf(fixed);
  const parsed = recordSchema.safeParse({
    ...NO_OUTCOMES,
    ...rest,
    ...Object.fromEntries(numbers),
    ...(typeof known === 'object' ? known : undefined),
    skips: jsonOf(skips),
  });
  // An unreadable record is skipped: the others must still be shown.
  if (!parsed.success) return undefined;
  const record = parsed.data;
  const isGone = record.state === 'running' && nowMs - record.updatedAt >= STALE_MS;
  return isGone ? { ...record, state: 'interrupted' } : record;
}
