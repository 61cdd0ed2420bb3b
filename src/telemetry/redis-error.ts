/**
 * What kind of error Redis or its client had, as a code.
 *
 * Redis puts its code into the text of its answers, and ioredis has no codes for many of its errors. Their texts are
 * parsed only here. Promise: a code is one of ours, or one at the start of Redis's answers, never free text.
 */

/** ioredis's own errors, by the start of their texts. */
const CLIENT_ERRORS: readonly (readonly [start: string, code: string])[] = [
  ['Connection is closed', 'CONNECTION_CLOSED'],
  ['Command timed out', 'COMMAND_TIMEOUT'],
  ['Socket timeout', 'SOCKET_TIMEOUT'],
  ["Stream isn't writeable", 'CONNECTION_CLOSED'],
  ['Command aborted due to connection close', 'CONNECTION_CLOSED'],
  ['Cluster is ended', 'CONNECTION_CLOSED'],
  ['Too many Cluster redirections', 'TOO_MANY_REDIRECTIONS'],
  ['All sentinels are unreachable', 'SENTINELS_UNREACHABLE'],
];

/** The codes of Redis's answers. An older Redis puts the code of a script's error into its own text, after a dash. */
const REPLY_CODES =
  'READONLY|NOPERM|OOM|MISCONF|LOADING|BUSY|NOREPLICAS|NOSCRIPT|NOAUTH|WRONGPASS|MASTERDOWN|CLUSTERDOWN|CROSSSLOT|MOVED|ASK|TRYAGAIN|UNBLOCKED|EXECABORT|WRONGTYPE|BUSYKEY|NOPROTO|IOERR';
const REPLY_CODE = new RegExp(`(?:^|-|Last error: (?:ReplyError: )?)(${REPLY_CODES}) `);
const PERMISSION = /no permissions to|can't run this command|ACL failure in script/;
const FORBIDDEN_COMMAND = /run the '([\w|.-]{1,60})' command/;

/** `READONLY`, `NOPERM`, `SOCKET_TIMEOUT`, …; undefined if the text only says that something failed. */
export function redisCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  if (PERMISSION.test(message)) return 'NOPERM';
  return REPLY_CODE.exec(message)?.[1] ?? CLIENT_ERRORS.find(([start]) => message.startsWith(start))?.[1];
}

/** Refusals with a fixed text: none of them quotes what was sent. */
const FIXED_TEXTS: ReadonlySet<string> = new Set(
  'READONLY NOPERM OOM MISCONF LOADING BUSY NOREPLICAS NOAUTH WRONGPASS MASTERDOWN CLUSTERDOWN TRYAGAIN'.split(' '),
);
const TEXT_MAX = 200;

/** The code of Node.js, Redis or its client, otherwise the error's name. */
export function refusalCode(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  const code = redisCodeOf(error);
  if (code !== undefined) return code;
  if (error.name === 'MaxRetriesPerRequestError') return 'MAX_RETRIES';
  return error.name === 'ReplyError' ? 'ERR' : error.name;
}

/** Redis's own text. Undefined if it might contain anything else. */
export function refusalText(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  const code = redisCodeOf(error) ?? '';
  const start = FIXED_TEXTS.has(code) ? error.message.indexOf(`${code} `) : -1;
  return start < 0 ? undefined : error.message.slice(start + code.length + 1, start + TEXT_MAX);
}

/** Whether an error comes from Redis or its connection, not from a bug. */
export function isOfRedis(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ReplyError' || redisCodeOf(error) !== undefined) return true;
  return /^(E[A-Z]+|MAX_RETRIES)$/.test(refusalCode(error));
}

/** The command that Redis's ACL forbids, if the error names it: `wait`, `cluster|slots`. */
export function forbiddenCommandOf(error: unknown): string | undefined {
  return error instanceof Error ? FORBIDDEN_COMMAND.exec(error.message)?.[1] : undefined;
}

/** A Cluster error only says that its nodes failed. The last node's error has the cause. */
export function causeOf(error: Error): unknown {
  return error.cause ?? ('lastNodeError' in error ? (error.lastNodeError ?? undefined) : undefined);
}
