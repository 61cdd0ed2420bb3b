/**
 * Logs: one JSON line each, by pino, from an allow-list.
 *
 * A redaction list misses what it does not foresee (a deeper path, another case, an address inside an error's text).
 * So a line may hold the fields named here and nothing else: whatever is not on the list is dropped before pino sees
 * it, and errors keep only their name, their code and the place they come from.
 */
import { destination, type Logger as PinoLogger, pino } from 'pino';
import { describeError } from './describe-error.js';
import { terminalLine } from './terminal-lines.js';
import { visibleText } from './visible-text.js';

/** Every field a log line may have. Ids are ours (jobs, batches, letters); nothing here can hold personal data. */
interface LogFields {
  account?: string;
  address?: string;
  afterMs?: number;
  attempts?: number;
  batchId?: string;
  /** Who did it: a name that a person gave, or a token's. */
  by?: string;
  bytes?: number;
  closedBy?: string;
  code?: string;
  command?: string;
  count?: number;
  events?: number;
  eventType?: string;
  /** What of the dead letters was meant, without personal data. */
  filter?: string;
  jobId?: string;
  keyName?: string;
  letterId?: string;
  ms?: number;
  /** An operation on dead letters: its id. */
  operation?: string;
  outcomes?: Readonly<Record<string, number>>;
  reason?: string;
  /** What Redis says where it refuses, in words of its own that quote nothing (redis-error.ts). */
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

/** Logs go to stderr: stdout belongs to the commands' output. JSON is for who collects it; a person gets words. */
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
    // JSON escapes the old controls only; a log is read on terminals too.
    if (ALLOWED.has(name) && value !== undefined) line[name] = typeof value === 'string' ? visibleText(value) : value;
  }
  if (fields.err !== undefined) line['error'] = describeError(fields.err);
  return line;
}
