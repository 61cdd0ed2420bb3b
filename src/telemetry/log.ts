/**
 * Logs: one JSON line each, by pino, from an allow-list.
 *
 * A redaction list misses what it does not foresee (a deeper path, another case, an address in an error's text). So a
 * line may only have the fields named here. All others are dropped before pino sees them, and errors keep only name,
 * code and place.
 */
import { destination, type Logger as PinoLogger, pino } from 'pino';
import { describeError } from './describe-error.js';
import { terminalLine } from './terminal-lines.js';
import { visibleText } from './visible-text.js';

/** Every field that a log line may have. Ids are ours (jobs, batches, letters). No field can hold personal data. */
interface LogFields {
  account?: string;
  address?: string;
  afterMs?: number;
  attempts?: number;
  batchId?: string;
  /** Who did it: a name given by a person, or a token's name. */
  by?: string;
  bytes?: number;
  closedBy?: string;
  code?: string;
  command?: string;
  count?: number;
  events?: number;
  eventType?: string;
  /** The selected dead letters, without personal data. */
  filter?: string;
  jobId?: string;
  keyName?: string;
  letterId?: string;
  ms?: number;
  /** The id of an operation on dead letters. */
  operation?: string;
  outcomes?: Readonly<Record<string, number>>;
  reason?: string;
  /** Redis's own text of a refusal, which quotes nothing (redis-error.ts). */
  redisMessage?: string;
  requestId?: string;
  /** The name of a setting. */
  setting?: string;
  skipped?: number;
  source?: string;
  status?: number | string;
  untilMs?: number;
  err?: unknown;
}

export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

const ALLOWED: ReadonlySet<string> = new Set<keyof LogFields>([
  'account',
  'address',
  'afterMs',
  'attempts',
  'batchId',
  'by',
  'bytes',
  'closedBy',
  'code',
  'command',
  'count',
  'events',
  'eventType',
  'filter',
  'jobId',
  'keyName',
  'letterId',
  'ms',
  'operation',
  'outcomes',
  'reason',
  'redisMessage',
  'requestId',
  'setting',
  'skipped',
  'source',
  'status',
  'untilMs',
]);

/** Logs go to stderr, as stdout is for the commands' output. JSON for log collectors, plain text on a terminal. */
export function createLogger(level: string, command: string): Logger {
  const base = pino(
    { level, base: { command }, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' },
    process.stderr.isTTY
      ? { write: (line) => process.stderr.write(terminalLine(line)) }
      : destination({ fd: 2, sync: true }),
  );
  return fromPino(base);
}

export function fromPino(base: PinoLogger): Logger {
  return {
    debug: (event, fields) => base.debug(allowed(fields), event),
    info: (event, fields) => base.info(allowed(fields), event),
    warn: (event, fields) => base.warn(allowed(fields), event),
    error: (event, fields) => base.error(allowed(fields), event),
  };
}

function allowed(fields: LogFields | undefined): object {
  if (!fields) return {};
  const line: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    // JSON escapes only C0 control characters, but logs are also read on terminals.
    if (ALLOWED.has(name) && value !== undefined) line[name] = typeof value === 'string' ? visibleText(value) : value;
  }
  if (fields.err !== undefined) line['error'] = describeError(fields.err);
  return line;
}
