/**
 * The result of a check, and how results are combined.
 *
 * Promise: a check that throws is a result too, and the other checks still run. Never: a secret. Of an error only its
 * code is shown, because messages may contain addresses with passwords.
 */

const LEVELS = ['ok', 'warn', 'fail'] as const;
export type Level = (typeof LEVELS)[number];

export interface CheckResult {
  /** What was checked, such as `redis eviction` or `token default`. */
  readonly name: string;
  readonly level: Level;
  readonly found: string;
  /** The command or setting that corrects it, or what to check next. Set for every warn and fail. */
  readonly advice?: string;
}

export function ok(name: string, found: string, advice?: string): CheckResult {
  return { name, level: 'ok', found, ...(advice !== undefined && { advice }) };
}

export function warn(name: string, found: string, advice: string): CheckResult {
  return { name, level: 'warn', found, advice };
}

export function fail(name: string, found: string, advice: string): CheckResult {
  return { name, level: 'fail', found, advice };
}

/** The first result of the worst level: of several cluster nodes, the one that needs action. */
export function worstOf(results: readonly CheckResult[]): CheckResult[] {
  return results.toSorted((left, right) => LEVELS.indexOf(right.level) - LEVELS.indexOf(left.level)).slice(0, 1);
}

/** Runs a check. An error becomes a failure that names the error's code. */
export async function guarded(name: string, check: () => Promise<CheckResult[]>): Promise<CheckResult[]> {
  try {
    return await check();
  } catch (error) {
    return [fail(name, `the check itself broke (${codeOf(error)})`, 'run it again; if it stays, report it')];
  }
}

/**
 * The code of an error, or the first word of Redis's answer if it is one (`NOPERM`, `WRONGPASS`).
 *
 * Only text that looks like a code: all other text of an error may be a secret.
 */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string' && isCode(error.code)) return error.code;
  const [word = ''] = error.message.split(' ');
  return /^[A-Z]{3,20}$/.test(word) ? word : error.name;
}

/** Whether a foreign text may be shown as a code. */
export function isCode(text: string): boolean {
  return /^\w{1,64}$/.test(text);
}
