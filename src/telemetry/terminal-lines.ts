/** A log line for a person at a terminal: `20:06:31 error redis.away reason=capi-worker code=WRONGPASS`. PURE. */

const LEVELS: Readonly<Record<string, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
/** Shown at the front, or not needed by the person who started the command. */
const IN_FRONT: ReadonlySet<string> = new Set(['level', 'time', 'event', 'command']);

/** @param json a line from our logger */
export function terminalLine(json: string): string {
  const line = JSON.parse(json) as Record<string, unknown>;
  const fields = Object.entries(line).flatMap(([name, value]) =>
    IN_FRONT.has(name) ? [] : [`${name}=${textOf(value)}`],
  );
  const time = String(line['time']).slice(11, 19);
  return `${[time, LEVELS[String(line['level'])] ?? '', String(line['event']), ...fields].join(' ')}\n`;
}

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return typeof value === 'string' && /\s/.test(text) ? JSON.stringify(text) : text;
}
