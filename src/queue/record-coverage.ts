/**
 * Writes what a process received for an account to Redis: a small hash a day, by the clock and the days (UTC) of Redis.
 *
 * Cheap: at most one call a second, and none while nothing comes. A failed call is repeated together with later counts. If only
 * its answer was lost, those events count twice; if the process is killed, its last second is missing. The exact count of events
 * is the ledger; this one is for shares.
 */
import { type CoverageTally, TallyReader } from '../coverage/tally.js';
import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import { keysOf } from './queue.js';

/** The last seven days, the seven before, and one to spare. */
export const COVERAGE_DAYS = 15;
export const SECONDS_A_DAY = 86_400;
const WRITE_EVERY_MS = 1_000;

/**
 * KEYS[1] prefix of the days' keys   KEYS[2] the ledger: while a Cluster moves the account's slot, a script with several keys
 * waits. With the first key alone it ran on the next master, wrote the day there, and the move failed with BUSYKEY.
 * ARGV field, count, field, count, …
 * Returns the day, counted from 1970.
 */
const ADD_COUNTS: RedisScript = {
  name: 'capiAddCoverage',
  lua: `
local day = math.floor(redis.call('TIME')[1] / ${SECONDS_A_DAY})
local key = KEYS[1] .. day
for i = 1, #ARGV, 2 do redis.call('HINCRBY', key, ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', key, ${(COVERAGE_DAYS + 1) * SECONDS_A_DAY})
return day`,
  isRefusedWhenFull: true,
};

interface CoverageRecorderOptions {
  readonly account: string;
  readonly connection: RedisConnection;
  /** Nothing else may write this tally to Redis. */
  readonly tally: CoverageTally;
}

export class CoverageRecorder {
  readonly #options: CoverageRecorderOptions;
  readonly #reader: TallyReader;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: CoverageRecorderOptions) {
    this.#options = options;
    this.#reader = new TallyReader(options.tally);
  }

  /** To be called when something was counted. */
  writeSoon(): void {
    if (this.#timer !== undefined || this.#writing) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
        // What came during the write, or could not be written.
        if (this.#reader.read().length > 0) this.writeSoon();
      });
    }, WRITE_EVERY_MS);
  }

  /** Writes what is left, if Redis can be reached. Nothing may be counted after it. */
  async close(): Promise<void> {
    await this.#writing;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#write();
  }

  /** Never rejects: the write of the events themselves reports what is wrong with Redis. */
  async #write(): Promise<void> {
    const { account, connection } = this.#options;
    const gains = this.#reader.read();
    // While the connection is being made again it would keep the call, and delay a stop.
    if (gains.length === 0 || connection.status !== 'ready') return;
    const args = gains.flatMap(({ source, name, count }) => [fieldOf(source, name), count]);
    const { coverage, ledger } = keysOf(account);
    const isWritten = await runScript(connection, { script: ADD_COUNTS, keys: [coverage, ledger], args }).then(
      () => true,
      () => false,
    );
    if (isWritten) this.#reader.notePassedOn(gains);
  }
}

/** A field of a day's hash. */
export function fieldOf(source: string, name: string): string {
  return `${source}:${name}`;
}
