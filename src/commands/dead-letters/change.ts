/** `dead-letters replay|discard|resume|cancel`. Ctrl-C stops an operation after its step; `resume` continues it. */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { type StartedOperation } from '../../dead-letters/operations/begin-operation.js';
import { type Correction, parseEdit, parsePatch } from '../../dead-letters/operations/edit.js';
import { type OperationOptions, OperationRunningError } from '../../dead-letters/operations/execute-operation.js';
import { type OperationOrder, type OperationRecord, outcomesOf } from '../../dead-letters/operations/operation.js';
import { OperationStore } from '../../dead-letters/operations/operation-store.js';
import { beginDiscard, beginReplay, NotResumableError, resume } from '../../dead-letters/operations/operations.js';
import type { LetterStore } from '../../dead-letters/store.js';
import { fileFault, isOfFile } from '../../settings/file-fault.js';
import { visibleText } from '../../telemetry/visible-text.js';
import { wholeNumber, wholeNumberIn } from '../arguments.js';
import { print, printJson, say } from '../output.js';
import { mappingContexts, runAction, UsageError } from '../runtime.js';
import { answerSignals } from '../signals.js';
import { OperationBar } from './operation-bar.js';
import {
  type ActorOptions,
  changeFilterOf,
  type FilterOptions,
  type Opened,
  withAccount,
  withActor,
  withFilter,
  withStore,
} from './options.js';
import { diedAgainCommand, outcomeText, untilSettled } from './outcomes.js';
import { printPlan } from './print-plan.js';

const WAIT_SECONDS = 30;

interface ChangeOptions extends FilterOptions, ActorOptions {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly rate?: number;
  readonly max?: number;
  readonly set?: string[];
  readonly patch?: string;
  readonly because?: string;
  readonly wait?: number;
}

export function addChangeCommands(command: Command): void {
  withChange(command.command('replay').description('send letters back to the queue, the oldest first'))
    .option('--set <path=value>', 'correct the events on the way back (repeatable)', collect)
    .option('--wait <seconds>', 'then wait this long for what becomes of them (30 on a terminal, else 0)', wholeNumber)
    .option('--patch <file>', 'correct the events by a JSON merge patch (RFC 7396); - for standard input')
    .action((options: ChangeOptions) => runAction(() => withStore(options, (opened) => replay(opened, options))));
  withChange(command.command('discard').description('delete letters for good'))
    .option('--because <text>', 'why, for the history')
    .action((options: ChangeOptions) => runAction(() => withStore(options, (opened) => discard(opened, options))));
  withActor(withAccount(command.command('resume').description('resume an operation that ended early')))
    .argument('<operation>', 'its id, as `operations` names it')
    .action((id: string, options: ActorOptions) =>
      runAction(() => withStore(options, (opened) => resumeOne(opened, id, options))),
    );
  withActor(withAccount(command.command('cancel').description('stop an operation that runs, here or elsewhere')))
    .argument('<operation>', 'its id')
    .action((id: string, options: ActorOptions) =>
      runAction(() => withStore(options, (opened) => cancel(opened, id, options))),
    );
}

function withChange(command: Command): Command {
  return withActor(withFilter(command))
    .option('--all', 'every letter of the account')
    .option('--dry-run', 'count and show samples, change nothing')
    .option('--rate <n>', 'at most this many a second', positiveNumber)
    .option('--max <n>', 'at most this many letters', wholeNumberIn(1));
}

async function replay(opened: Opened, options: ChangeOptions): Promise<number> {
  const order = await orderOf(options, opened.store);
  const context = mappingContexts(opened.settings)(options.account, Date.now());
  if (options.dryRun) return printPlan(opened, order, { context, verb: 'replayed', json: options.json === true });
  return follow(opened, options, 'replayed', (shared) => beginReplay(opened, order, { ...shared, context }));
}

async function discard(opened: Opened, options: ChangeOptions): Promise<number> {
  const order = await orderOf(options, opened.store);
  const context = mappingContexts(opened.settings)(options.account, Date.now());
  if (options.dryRun) return printPlan(opened, order, { context, verb: 'discarded', json: options.json === true });
  return follow(opened, options, 'discarded', (shared) => beginDiscard(opened, order, shared));
}

async function resumeOne(opened: Opened, id: string, options: ActorOptions): Promise<number> {
  const context = mappingContexts(opened.settings)(options.account, Date.now());
  return follow(opened, options, 'done', (shared) => resume(opened, id, { ...shared, context }));
}

async function cancel({ store, connection }: Opened, id: string, { by, json }: ActorOptions): Promise<number> {
  const isCancelled = await new OperationStore(store.account, connection).cancel(id, by);
  if (json) return printJson({ cancelled: isCancelled });
  if (!isCancelled) throw new UsageError(`no operation ${id} runs: see dead-letters operations`);
  print(`operation ${id} stops after its next step`);
  return 0;
}

/**
 * Runs an operation to its end, with a progress bar on a terminal. The first Ctrl-C stops it, a second ends the
 * process.
 */
async function follow(
  { store, connection }: Opened,
  { by, json, account, wait = process.stderr.isTTY && !json ? WAIT_SECONDS : 0 }: ActorOptions & { wait?: number },
  verb: string,
  begin: (options: OperationOptions) => Promise<StartedOperation>,
): Promise<number> {
  const stop = new AbortController();
  const leaveSignals = answerSignals(() => stop.abort());
  const bar = json || !process.stderr.isTTY ? undefined : new OperationBar();
  let isResumed = false;
  try {
    const { ended } = await begin({
      by,
      via: 'command',
      signal: stop.signal,
      onProgress: (progress) => {
        isResumed = progress.isResumed;
        bar?.update(progress);
      },
    }).catch(asUsage);
    const moved = await ended;
    bar?.stop();
    if (!json) printEnd(moved, { verb, isResumed, account });
    const operations = new OperationStore(store.account, connection);
    const record = await untilSettled(operations, moved, { waitMs: wait * 1000, signal: stop.signal });
    const outcomes = outcomesOf(record);
    if (json) {
      printJson({ operation: record.id, state: record.state, [verb]: record.done, skipped: record.skips, outcomes });
    } else if (outcomes && record.done > 0) {
      print(`so far: ${outcomeText(outcomes)}`);
      if (outcomes.diedAgain > 0) print(`those that failed again: ${diedAgainCommand(record, account)}`);
    }
    return record.state === 'done' ? 0 : 1;
  } finally {
    bar?.stop();
    leaveSignals();
  }
}

function printEnd(
  { id, state, done, skipped, skips, cancelledBy }: OperationRecord,
  { verb, isResumed, account }: { verb: string; isResumed: boolean; account: string },
): void {
  for (const skip of skips) say(`${visibleText(skip.id)} stays: ${visibleText(skip.why)}`);
  if (skipped > skips.length) say(`and ${skipped - skips.length} more`);
  const before = isResumed ? ', what an earlier run had done included' : '';
  const goOn = `dead-letters resume ${id}${account === 'default' ? '' : ` --account ${account}`}`;
  const by = cancelledBy === undefined ? '' : ` by ${cancelledBy}`;
  const end = state === 'done' ? '' : ` (cancelled${by}; the same command goes on where it stopped, or: ${goOn})`;
  const stay = verb === 'discarded' && skipped === 0 ? '' : `, ${skipped} stay`;
  print(`${done} ${verb}${stay}${before}${end}`);
}

function asUsage(error: unknown): never {
  if (error instanceof NotResumableError || error instanceof OperationRunningError) throw new UsageError(error.message);
  throw error;
}

async function orderOf(options: ChangeOptions, store: LetterStore): Promise<OperationOrder> {
  const { rate, max, because } = options;
  return {
    filter: await changeFilterOf(options, store),
    corrections: correctionsOf(options),
    ...(rate !== undefined && { ratePerSecond: rate }),
    ...(max !== undefined && { max }),
    ...(because !== undefined && { because }),
  };
}

/** The patch comes first, so that `--set` overrides it. */
function correctionsOf({ set = [], patch }: ChangeOptions): Correction[] {
  try {
    const patches = patch === undefined ? [] : [parsePatch(readFileSync(patch === '-' ? 0 : patch, 'utf8'))];
    return [...patches, ...set.map(parseEdit)];
  } catch (error) {
    if (patch !== undefined && isOfFile(error)) throw new UsageError(`--patch ${patch}: ${fileFault(error)}`);
    throw new UsageError(error instanceof Error ? error.message : 'bad correction');
  }
}

function collect(value: string, known: string[] = []): string[] {
  return [...known, value];
}

function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('must be above 0');
  return value;
}
