/**
 * Settling makes outcomes durable in one transaction: ids are marked delivered or released, dead letters are written, jobs are
 * reduced to their remaining events, and the ledger counts.
 *
 * Promise: *perform, then acknowledge, then report*. Metrics count an event only after Redis has it, and only for jobs that this
 * run still held. If Redis is unavailable or full, settling waits: an outcome is never dropped.
 */
import { type DeadLetter, undatedLetterJob } from '../dead-letters/letter.js';
import { indexLetters } from '../dead-letters/shelf-scripts.js';
import { luaOf } from '../queue/bullmq-commands.js';
import type { JobRecorder } from '../queue/job-recorder.js';
import type { AccountKeys } from '../queue/queue.js';
import type { Unreadable } from '../queue/read-job.js';
import type { RedisClock } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { runScript, type ScriptCall } from '../redis/script.js';
import type { RedisTrouble } from '../redis/trouble.js';
import type { DedupeWindow } from '../settings/dedupe-window.js';
import type { Logger } from '../telemetry/log.js';
import { joinDigests } from '../window/layout.js';
import { applyToRuns, countsFor, type JobCounts } from './apply-outcomes.js';
import { deadLetterCall } from './dead-letter-script.js';
import { withFollowers } from './followers.js';
import type { BackOff } from './gate.js';
import type { JobRun } from './job-run.js';
import { letterOf, unreadableLetter } from './letter-of.js';
import { type ReportOptions, reportOutcomes, reportUnreadable } from './report.js';
import { claimsOf, requestIdOf, toldOf } from './settle-arguments.js';
import { IDS_WORTH_A_RECORD, SETTLE } from './settle-script.js';
import type { SettledEvent } from './settled-event.js';

export interface SettlerOptions extends ReportOptions {
  readonly connection: RedisConnection;
  readonly keys: AccountKeys;
  readonly deadLetters: JobRecorder;
  readonly window: DedupeWindow;
  readonly leaseMs: number;
  /** Smaller in tests only. */
  readonly idsWorthARecord?: number;
  readonly backOff: BackOff;
  readonly clock: RedisClock;
  readonly log: Logger;
  readonly trouble: RedisTrouble;
}

/** A letter and the run of its event. It is written only if that run still holds its job. */
interface RunLetter {
  readonly run: JobRun;
  readonly letter: DeadLetter;
}

export class Settler {
  readonly #options: SettlerOptions;
  #last: Promise<void> = Promise.resolve();

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the outcomes are in Redis. Settlings of an account run one after another: two that change the same job must
   * write its remaining events in the order in which they happened.
   */
  settle(outcomes: readonly SettledEvent[]): Promise<void> {
    if (outcomes.length === 0) return Promise.resolve();
    return this.#inOrder(() => this.#settle(outcomes));
  }

  /** Writes dead letters for what could not be read in a job, with the same promise and order as `settle`. */
  deadLetterUnreadable(run: JobRun, unreadable: readonly Unreadable[]): Promise<void> {
    const { account, clock } = this.#options;
    const nowMs = clock.nowMs();
    const letters = unreadable.map((entry) => ({ run, letter: unreadableLetter(run, entry, account, nowMs) }));
    return this.#inOrder(async () => {
      const count = countsFor(run);
      count.dead_lettered += unreadable.length;
      for (const { place } of unreadable) run.end(place);
      await this.#write([], new Map([[run, count]]), letters);
      if (!run.isLost) reportUnreadable(this.#options, unreadable.length);
      this.#logLetters(letters);
      run.finishIfSettled();
    });
  }

  #inOrder(step: () => Promise<void>): Promise<void> {
    const done = this.#last.then(step);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #settle(outcomes: readonly SettledEvent[]): Promise<void> {
    const hasFollowers = outcomes.some(({ event }) => event.followers.length > 0);
    const all = hasFollowers ? outcomes.flatMap(withFollowers) : outcomes;
    const nowMs = this.#options.clock.nowMs();
    const letters: RunLetter[] = [];
    for (const { event, outcome } of all) {
      if (outcome.kind !== 'dead' || !event.run.isOurs) continue;
      letters.push({ run: event.run, letter: letterOf(event, outcome, this.#options.account, nowMs) });
    }
    const counts = applyToRuns(all, nowMs, this.#options.backOff);
    await this.#write(outcomes, counts, letters, toldOf(all, [...counts.keys()]));
    reportOutcomes(this.#options, all, nowMs);
    this.#logLetters(letters);
    for (const run of counts.keys()) run.finishIfSettled();
  }

  /** The one write of a settling: letters, marks, jobs and ledger together. */
  async #write(
    outcomes: readonly SettledEvent[],
    counts: ReadonlyMap<JobRun, JobCounts>,
    letters: readonly RunLetter[],
    told: readonly (string | number)[] = [],
  ): Promise<void> {
    const { connection, trouble, metrics } = this.#options;
    const settling = this.#settleCall(outcomes, counts, told);
    const startedAt = performance.now();
    const reply = await trouble.until('settle', async () =>
      runScript(
        connection,
        letters.length === 0 ? settling : await this.#withDeadLetters(letters, [...counts.keys()], settling),
      ),
    );
    metrics.redisDuration.observe({ command: 'settle' }, (performance.now() - startedAt) / 1000);
    [...counts.keys()].forEach((run, index) => {
      if (String(reply)[index] !== '1') run.lose();
    });
  }

  /** The settling with its letters. BullMQ's script that adds them is part of it. */
  async #withDeadLetters(
    letters: readonly RunLetter[],
    runs: readonly JobRun[],
    settling: ScriptCall,
  ): Promise<ScriptCall> {
    const { connection, deadLetters, keys } = this.#options;
    const record = await deadLetters.open();
    const written = letters.map(({ run, letter }) => ({
      key: keys.letter + letter.id,
      job: runs.indexOf(run) + 1,
      add: record(undatedLetterJob(letter)),
    }));
    const listing = indexLetters(
      keys,
      letters.map(({ letter }) => letter),
    );
    return deadLetterCall(luaOf(written[0]?.add.name ?? '', connection), written, listing, settling);
  }

  /** Only leaders hold claims; followers share them. Ids under no claim of ours are left alone. */
  #settleCall(
    outcomes: readonly SettledEvent[],
    counts: ReadonlyMap<JobRun, JobCounts>,
    told: readonly (string | number)[],
  ): ScriptCall {
    const { keys, window, leaseMs, idsWorthARecord = IDS_WORTH_A_RECORD } = this.#options;
    const claimed = outcomes.filter(({ event }) => event.claim !== undefined);
    const claims = claimsOf(claimed, window.afterEventMs);
    const runs = [...counts];
    return {
      script: SETTLE,
      keys: [keys.ledger, keys.window, ...runs.map(([run]) => keys.job + run.jobId)],
      args: [
        window.longestMs,
        leaseMs,
        joinDigests(claimed.map(({ event }) => event.digest)),
        claimed.map(({ outcome }) => (outcome.kind === 'delivered' ? 'd' : 'r')).join(''),
        idsWorthARecord,
        claims.length,
        runs.length,
        window.afterDeliveryMs,
        requestIdOf(outcomes),
        ...claims.flatMap(({ number, count, untilMs }) => [number, count, untilMs]),
        ...runs.flatMap(([run, count]) => [
          // A run that was given up must not change the job again, even if its old token is on the lock.
          run.isOurs ? run.token : '',
          run.lastSettling,
          run.nextSettling(),
          run.isOurs ? run.data() : '',
          count.enqueued,
          count.delivered,
          count.duplicate,
          count.dead_lettered,
          run.isOver ? 1 : 0,
        ]),
        ...told,
      ],
    };
  }

  #logLetters(letters: readonly RunLetter[]): void {
    const { account, log } = this.#options;
    for (const { run, letter } of letters) {
      if (run.isLost) continue;
      log.warn('event.dead_lettered', {
        account,
        letterId: letter.id,
        reason: letter.reason,
        attempts: letter.attempts,
        ...(letter.answer.status !== undefined && { status: letter.answer.status }),
      });
    }
  }
}
