/** Whether the secrets that clients present can be used, and whether `.env` truncates one. Never shows a secret. */
import { faultsOfAll, SettingsError } from '../settings/config.js';
import type { CutSecret } from '../settings/env-file.js';
import { type CheckResult, warn } from './result.js';

/**
 * @param open reads the secrets as the services do at the start
 * @throws SettingsError with all faults, so that they are reported together like those of other settings
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
