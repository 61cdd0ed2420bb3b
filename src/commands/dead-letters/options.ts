/** What the subcommands of `dead-letters` share: the filter, the account, who runs them, and how letters are shown. */
import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isEmptyFilter, type LetterFilter } from '../../dead-letters/filter.js';
import type { DeadLetter } from '../../dead-letters/letter.js';
import type { LetterAccess } from '../../dead-letters/operations/execute-operation.js';
import { LetterStore } from '../../dead-letters/store.js';
import { EVENT_TYPES, type EventType } from '../../mapping/event.js';
import { DEAD_REASONS, type DeadReason } from '../../mapping/outcome.js';
import { accountNameSchema } from '../../settings/account-entry.js';
import { loadAccountNames } from '../../settings/accounts.js';
import type { Settings } from '../../settings/settings-schema.js';
import { openConnection, openRuntime, UsageError } from '../runtime.js';

export interface AccountOptions {
  readonly account: string;
  readonly json?: boolean;
}

/** An age is relative to Redis's clock, which dates the letters. The computer's own clock may be wrong. */
type PointInTime = { readonly atMs: number } | { readonly agoMs: number };

export interface FilterOptions extends AccountOptions {
  readonly reason?: DeadReason[];
  readonly eventType?: EventType[];
  readonly cause?: string[];
  readonly since?: PointInTime;
  readonly until?: PointInTime;
  readonly id?: string[];
  readonly match?: string;
}

/** Of subcommands that change something. */
export interface ActorOptions extends AccountOptions {
  readonly by: string;
}

export interface Opened extends LetterAccess {
  readonly settings: Settings;
}

export function withAccount(command: Command): Command {
  return command.option('--account <name>', 'the account', 'default').option('--json', 'print JSON');
}

export function withFilter(command: Command): Command {
  return withAccount(command)
    .addOption(new Option('--reason <reason...>', 'why it failed').choices(DEAD_REASONS))
    .addOption(new Option('--event-type <type...>', 'the event’s type').choices(EVENT_TYPES))
    .option('--cause <id...>', 'of these causes, as stats names them')
    .option('--since <time>', 'failed at or after: ISO 8601, or an age such as 30m, 12h, 7d', pointInTime)
    .option('--until <time>', 'failed at or before: ISO 8601, or an age', pointInTime)
    .option('--id <id...>', 'these letters')
    .option('--match <text>', 'text in Amazon’s code or message, the dedupe id, name, country or source');
}

export function withActor(command: Command): Command {
  return command.option('--by <name>', 'who does it, for the history', userName());
}

/** Opens what a subcommand works on, and closes it after. */
export async function withStore(options: AccountOptions, action: (opened: Opened) => Promise<number>): Promise<number> {
  const { settings, log } = openRuntime('dead-letters', [(opened) => loadAccountNames(opened.settings)]);
  const name = accountNameSchema.safeParse(options.account);
  if (!name.success || !loadAccountNames(settings).includes(name.data)) {
    throw new UsageError(`there is no account ${options.account}: see ACCOUNTS_FILE`);
  }
  const connection = await openConnection(settings, 'capi-dead-letters');
  try {
    const store = new LetterStore(name.data, connection);
    // JSON log lines are for log collectors. A person at a terminal reads the command's own output.
    return await action({ settings, store, connection, ...(!process.stderr.isTTY && { log }) });
  } finally {
    connection.disconnect();
  }
}

export async function filterOf(options: FilterOptions, store: LetterStore): Promise<LetterFilter> {
  const { reason, eventType, cause, since, until, id, match } = options;
  return {
    ...(reason && { reasons: reason }),
    ...(eventType && { eventTypes: eventType }),
    ...(cause && { causes: cause }),
    ...(since !== undefined && { sinceMs: await msOf(since, store) }),
    ...(until !== undefined && { untilMs: await msOf(until, store) }),
    ...(id && { ids: id }),
    ...(match !== undefined && { text: match }),
  };
}

/** @throws UsageError for an empty filter without `--all` */
export async function changeFilterOf(
  options: FilterOptions & { readonly all?: boolean },
  store: LetterStore,
): Promise<LetterFilter> {
  const filter = await filterOf(options, store);
  if (isEmptyFilter(filter) && !options.all) throw new UsageError('give a filter (such as --reason), or --all');
  return filter;
}

/** The raw text of an unreadable letter is kept but not shown, as it may contain anything. */
export function shown({ raw, ...letter }: DeadLetter): object {
  return raw === undefined ? letter : { ...letter, rawBytes: Buffer.byteLength(raw) };
}

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function pointInTime(text: string): PointInTime {
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return { agoMs: Number(amount) * (UNIT_MS[unit] ?? 0) };
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('must be ISO 8601 or an age such as 30m, 12h, 7d');
  return { atMs: time };
}

async function msOf(point: PointInTime, store: LetterStore): Promise<number> {
  return 'atMs' in point ? point.atMs : (await store.nowMs()) - point.agoMs;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return 'unknown';
  }
}
