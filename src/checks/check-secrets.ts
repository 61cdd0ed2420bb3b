/** Whether the secrets that others present to us can be used, and whether `.env` cuts one of them. Never: shows one. */
import { faultsOfAll, SettingsError } from '../settings/config.js';
import type { CutSecret } from '../settings/env-file.js';
import { type CheckResult, warn } from './result.js';

/**
 * @param open what services do with their secrets at the start
 * @throws SettingsError with the faults of all, so that they are told together as other settings are
 */
export function assertSecrets(open: readonly (() => unknown)[], cut: readonly CutSecret[]): void {
  const faults = faultsOfAll(open);
  if (faults.length > 0) throw new SettingsError([...faults, ...cut.map(sentenceOf)]);
}

export function warnOfCutSecrets(cut: readonly CutSecret[]): CheckResult[] {
  const advice = 'put the value into single quotes, or into a file (…_FILE); a comment takes a line of its own';
  return cut.map((secret) => warn('.env', sentenceOf(secret), advice));
}

function sentenceOf({ setting, line }: CutSecret): string {
  return `line ${line} of .env: ${setting} is not quoted and holds a #, and what follows it is cut off as a comment`;
}
