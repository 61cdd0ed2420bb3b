/** `capi-forwarder dead-letters list|show|stats|export|replay|discard`: what was not delivered, and what becomes of it. */
import { once } from 'node:events';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { accountNameSchema, loadAccountNames } from '../accounts.js';
import type { Settings } from '../config.js';
import { discardLetters } from '../dead-letters/discard.js';
import { parseEdit } from '../dead-letters/edit.js';
import { isEmptyFilter, type LetterFilter } from '../dead-letters/filter.js';
import type { DeadLetter } from '../dead-letters/letter.js';
import { replayLetters } from '../dead-letters/replay.js';
import { type Cause, statsOf } from '../dead-letters/stats.js';
import { LetterStore } from '../dead-letters/store.js';
import { EVENT_TYPES, type EventType } from '../mapping/event.js';
import { DEAD_REASONS, type DeadReason } from '../mapping/outcome.js';
import type { RedisConnection } from '../redis.js';
import { ageOf, table } from './output.js';
import { mappingContexts, openConnection, openRuntime, runAction, UsageError } from './runtime.js';
import { wholeNumber } from './sandbox.js';

interface FilterOptions {
  readonly account: string;
  readonly reason?: DeadReason[];
  readonly eventType?: EventType[];
  readonly since?: number;
  readonly until?: number;
  readonly id?: string[];
  readonly match?: string;
  readonly json?: boolean;
}

interface ChangeOptions extends FilterOptions {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly rate?: number;
  readonly set?: string[];
}

interface Opened {
  readonly settings: Settings;
  readonly store: LetterStore;
  readonly connection: RedisConnection;
}

export function addDeadLettersCommand(program: Command): void {
  const command = program.command('dead-letters').description('see, replay or discard what could not be delivered');
  withFilter(command.command('list').description('letters, oldest first within a reason'))
    .option('--limit <n>', 'at most this many', wholeNumber, 50)
    .action((options: FilterOptions & { limit: number }) =>
      runAction(() => withStore(options, (open) => list(open, options))),
    );
  command
    .command('show')
    .description('one letter in full')
    .argument('<id>', 'its id')
    .option('--account <name>', 'the account', 'default')
    .action((id: string, options: FilterOptions) => runAction(() => withStore(options, (open) => show(open, id))));
  withFilter(command.command('stats').description('letters by cause')).action((options: FilterOptions) =>
    runAction(() => withStore(options, (open) => stats(open, options))),
  );
  withFilter(command.command('export').description('letters as NDJSON, one a line')).action((options: FilterOptions) =>
    runAction(() => withStore(options, (open) => exportAll(open, options))),
  );
  withChange(command.command('replay').description('send letters back to the queue'))
    .option('--rate <n>', 'at most this many a second', wholeNumber)
    .option('--set <path=value>', 'correct the events on the way back (repeatable)', collect)
    .action((options: ChangeOptions) => runAction(() => withStore(options, (open) => replay(open, options))));
  withChange(command.command('discard').description('throw letters away')).action((options: ChangeOptions) =>
    runAction(() => withStore(options, (open) => discard(open, options))),
  );
}

function withFilter(command: Command): Command {
  return command
    .option('--account <name>', 'the account', 'default')
    .addOption(new Option('--reason <reason...>', 'why it died').choices(DEAD_REASONS))
    .addOption(new Option('--event-type <type...>', 'the event’s type').choices(EVENT_TYPES))
    .option('--since <time>', 'died at or after: ISO 8601, or an age such as 30m, 12h, 7d', pointInTime)
    .option('--until <time>', 'died at or before: ISO 8601, or an age', pointInTime)
    .option('--id <id...>', 'these letters')
    .option('--match <text>', 'text in Amazon’s code or message, the dedupe id, name, country or source')
    .option('--json', 'print JSON');
}

function withChange(command: Command): Command {
  return withFilter(command)
    .option('--all', 'every letter of the account')
    .option('--dry-run', 'count and show samples, change nothing');
}

async function withStore(options: FilterOptions, action: (opened: Opened) => Promise<number>): Promise<number> {
  const { settings } = openRuntime('dead-letters');
  const name = accountNameSchema.safeParse(options.account);
  if (!name.success || !loadAccountNames(settings).includes(name.data)) {
    throw new UsageError(`there is no account ${options.account}: see ACCOUNTS_FILE`);
  }
  const connection = openConnection(settings, 'capi-dead-letters');
  const store = new LetterStore(name.data, connection);
  try {
    return await action({ settings, store, connection });
  } finally {
    await store.close();
    connection.disconnect();
  }
}

async function list({ store }: Opened, options: FilterOptions & { limit: number }): Promise<number> {
  const letters = await take(store, filterOf(options), options.limit);
  if (options.json) return printJson(letters.map(shown));
  const nowMs = Date.now();
  const rows = letters.map((letter) => [
    letter.id,
    letter.reason,
    letter.event?.eventType ?? '-',
    letter.answer.code ?? String(letter.answer.status ?? '-'),
    ageOf(letter.diedAt, nowMs),
    String(letter.attempts),
    letter.isMaybeDelivered ? 'maybe' : 'no',
  ]);
  process.stdout.write(`${table(['id', 'reason', 'event type', 'code', 'age', 'attempts', 'delivered'], rows)}\n`);
  if (letters.length === options.limit) process.stdout.write(`the first ${options.limit}: more with --limit\n`);
  return 0;
}

async function show({ store }: Opened, id: string): Promise<number> {
  const letter = await store.get(id);
  if (!letter) throw new UsageError(`there is no letter ${id}: see dead-letters list`);
  process.stdout.write(`${JSON.stringify(shown(letter), null, 2)}\n`);
  return 0;
}

async function stats({ store }: Opened, options: FilterOptions): Promise<number> {
  const causes = await statsOf(store, filterOf(options));
  if (options.json) return printJson(causes);
  const nowMs = Date.now();
  const row = (cause: Cause) => [
    String(cause.count),
    cause.reason,
    cause.code,
    cause.pattern === '' ? '-' : cause.pattern,
    ageOf(cause.oldestMs, nowMs),
    ageOf(cause.newestMs, nowMs),
    cause.sample,
  ];
  const heads = ['letters', 'reason', 'code', 'Amazon said', 'oldest', 'newest', 'sample'];
  process.stdout.write(`${table(heads, causes.map(row))}\n`);
  return 0;
}

/** Every letter that matches, however many: one is held in memory at a time. */
async function exportAll({ store }: Opened, options: FilterOptions): Promise<number> {
  for await (const letter of store.find(filterOf(options))) {
    if (!process.stdout.write(`${JSON.stringify(shown(letter))}\n`)) await once(process.stdout, 'drain');
  }
  return 0;
}

async function replay({ settings, store, connection }: Opened, options: ChangeOptions): Promise<number> {
  const filter = changeFilterOf(options);
  const edits = (options.set ?? []).map((text) => {
    try {
      return parseEdit(text);
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : 'bad --set');
    }
  });
  if (options.dryRun) return dryRun(store, filter, options, 'replayed');
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const report = await replayLetters(store, connection, filter, {
    edits,
    context: mappingContexts(settings)(options.account, Date.now()),
    ratePerSecond: options.rate,
    signal: stop.signal,
  });
  if (options.json) return printJson(report);
  for (const { id, why } of report.skipped.slice(0, 20)) process.stderr.write(`${id} stays: ${why}\n`);
  const interrupted = stop.signal.aborted ? ' (interrupted: the same command goes on where it stopped)' : '';
  process.stdout.write(`${report.replayed} replayed, ${report.skipped.length} stay${interrupted}\n`);
  return stop.signal.aborted ? 1 : 0;
}

async function discard({ store, connection }: Opened, options: ChangeOptions): Promise<number> {
  const filter = changeFilterOf(options);
  if (options.dryRun) return dryRun(store, filter, options, 'discarded');
  const discarded = await discardLetters(store, connection, filter);
  if (options.json) return printJson({ discarded });
  process.stdout.write(`${discarded} discarded\n`);
  return 0;
}

async function dryRun(store: LetterStore, filter: LetterFilter, options: ChangeOptions, verb: string): Promise<number> {
  let count = 0;
  let maybeDelivered = 0;
  let oldestMs = Number.POSITIVE_INFINITY;
  const samples: DeadLetter[] = [];
  for await (const letter of store.find(filter)) {
    count += 1;
    if (letter.isMaybeDelivered) maybeDelivered += 1;
    oldestMs = Math.min(oldestMs, letter.diedAt);
    if (samples.length < 3) samples.push(letter);
  }
  if (options.json) return printJson({ count, maybeDelivered, samples: samples.map(shown) });
  const oldest =
    count === 0 ? '' : `, the oldest ${ageOf(oldestMs, Date.now())} old, ${maybeDelivered} maybe delivered`;
  process.stdout.write(`${count} would be ${verb}${oldest}\n`);
  for (const { id, reason, answer } of samples) {
    process.stdout.write(`  ${id} ${reason} ${answer.code ?? ''} ${answer.message ?? ''}\n`);
  }
  return 0;
}

/** What nobody could read is kept, but not shown: there may be anything in it. */
function shown({ raw, ...letter }: DeadLetter): object {
  return raw === undefined ? letter : { ...letter, rawBytes: Buffer.byteLength(raw) };
}

async function take(store: LetterStore, filter: LetterFilter, limit: number): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for await (const letter of store.find(filter)) {
    if (letters.length >= limit) break;
    letters.push(letter);
  }
  return letters;
}

function filterOf({ reason, eventType, since, until, id, match }: FilterOptions): LetterFilter {
  return { reasons: reason, eventTypes: eventType, sinceMs: since, untilMs: until, ids: id, text: match };
}

function changeFilterOf(options: ChangeOptions): LetterFilter {
  const filter = filterOf(options);
  if (isEmptyFilter(filter) && !options.all) throw new UsageError('name a filter (such as --reason), or say --all');
  return filter;
}

function printJson(value: unknown): number {
  process.stdout.write(`${JSON.stringify(value)}\n`);
  return 0;
}

function collect(value: string, known: string[] = []): string[] {
  return [...known, value];
}

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function pointInTime(text: string): number {
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return Date.now() - Number(amount) * (UNIT_MS[unit] ?? 0);
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('must be ISO 8601 or an age such as 30m, 12h, 7d');
  return time;
}
