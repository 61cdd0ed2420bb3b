/** What `enqueue` prints at its end: the counts, and after an early end how to resume. */
import type { CallWords } from '../mapping/context.js';
import type { Source } from '../mapping/source.js';
import type { ImportReport, ImportStoppedError } from '../producer/files/import.js';
import type { Reject } from '../producer/files/rejects-file.js';
import { failureText } from './failure-text.js';
import { print, printJson, say } from './output.js';

export interface EnqueueOptions extends CallWords {
  readonly source: Source;
  readonly account: string;
  readonly rejects?: string;
  readonly resume?: boolean;
  readonly progress?: string;
  readonly json?: boolean;
}

/** @param firstRefused the first refusal, printed if no rejects file was requested */
export function printReport(
  { records, accepted, refused }: ImportReport,
  { json, rejects }: EnqueueOptions,
  firstRefused?: Reject,
): void {
  if (firstRefused && rejects === undefined) {
    const { line, issues } = firstRefused;
    const why = issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
    say(`capi-forwarder: the first refused record is line ${line}: ${why}`);
  }
  if (json) {
    printJson({ records, accepted, refused });
    return;
  }
  const where = refused > 0 ? `: ${rejects === undefined ? 'see all with --rejects FILE' : `see ${rejects}`}` : '';
  print(`${accepted} accepted, ${refused} refused${where}`);
}

/** @param resume the command that continues the import; undefined if it cannot continue */
export function printStop({ by, report, cause }: ImportStoppedError, resume?: string): void {
  const { records, accepted, refused } = report;
  const reasons = {
    signal: 'interrupted',
    redis: `Redis did not acknowledge a write (${failureText(cause)})`,
    file: failureText(cause),
  };
  const done = `${records} records are done (${accepted} accepted, ${refused} refused)`;
  let advice = `${done}. Send all of it again: an id that was delivered is not sent twice.`;
  if (resume !== undefined) advice = `${done}. Go on with:\n  ${resume}`;
  if (records === 0) advice = 'Nothing was queued. Run the command again.';
  say(`capi-forwarder: ${reasons[by]}. ${advice}`);
}

export function resumeCommand(file: string, options: EnqueueOptions): string {
  const { source, account, rejects, progress, eventType, consent, defaultCountry } = options;
  const call = { 'event-type': eventType, consent, 'default-country': defaultCountry };
  const given = { source, account, ...call, rejects, progress };
  const flags = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  return ['capi-forwarder', 'enqueue', file, ...flags, '--resume'].map(quoted).join(' ');
}

/** Quoted for a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
