/**
 * What a check answers, and how results are put together.
 *
 * Promises that a check which throws is a result too: one that breaks does not stop the others. Never: a secret. Of an
 * error only its code is told, because messages may hold addresses with passwords.
 */

const LEVELS = ['ok', 'warn', 'fail'] as const;
export type Level = (typeof LEVELS)[number];

export interface CheckResult {
  /** What was looked at, such as `redis eviction` or `token default`. */
  readonly name: string;
  readonly level: Level;
  readonly found: string;
  /** The command or setting that mends it, or what to look at next; there for every warn and fail. */
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

/** The first of the worst level: of the nodes of a cluster, the one that needs something done. */
export function worstOf(results: readonly CheckResult[]): CheckResult[] {
  return results.toSorted((left, right) => LEVELS.indexOf(right.level) - LEVELS.indexOf(left.level)).slice(0, 1);
}

/** Runs a check; what it throws becomes a failure that names the error's code. */
export async function guarded(name: string, check: () => Promise<CheckResult[]>): Promise<CheckResult[]> {
  try {
    return await check();
  } catch (error) {
    return [fail(name, `the check itself broke (${codeOf(error)})`, 'run it again; if it stays, report it')];
  }
}

/**
 * The code of an error, or the first word of Redis's answer, which is one (`NOPERM`, `WRONGPASS`).
 *
 * Only what looks like a code: everything else an error says may be a secret.
 */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string' && isCode(error.code)) return error.code;
  const [word = ''] = error.message.split(' ');
  return /^[A-Z]{3,20}$/.test(word) ? word : error.name;
}

/** Whether a text from elsewhere is fit to be shown as a code. */
export function isCode(text: string): boolean {
  return /^\w{1,64}$/.test(text);
}
