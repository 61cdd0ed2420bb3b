/**
 * Finds secrets in `.env` that Node truncates: in an unquoted value, everything from a `#` on is a comment.
 * WooCommerce's generated secrets contain `#`. With half a secret, every delivery has a bad signature.
 *
 * PURE. Never: shows a value.
 */
import { parseEnv } from 'node:util';
import { type Environment } from './config.js';
import { SECRET_SETTINGS } from './settings-schema.js';

const SETTING = /^\s*(?:export\s+)?([A-Z_]+)\s*=/;
/** A value without quotes that contains a `#`. */
const CUT = /=(?!\s*['"`])(?!\s+#)[^#]*#/;

export interface CutSecret {
  readonly setting: string;
  /** From 1. */
  readonly line: number;
}

/**
 * @param text of the file
 * @param environment the effective variables: those of the process override the file
 */
export function findCutSecrets(text: string, environment: Environment): CutSecret[] {
  const read = parseEnv(text);
  const found = new Map<string, { readonly line: number; readonly isCut: boolean }>();
  // If several lines set the same variable, the last one counts.
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, setting] = SETTING.exec(line) ?? [];
    if (setting !== undefined && isSecret(setting)) found.set(setting, { line: index + 1, isCut: CUT.test(line) });
  }
  return [...found].flatMap(([setting, { line, isCut }]) =>
    isCut && environment[setting] === read[setting] ? [{ setting, line }] : [],
  );
}

function isSecret(name: string): boolean {
  return SECRET_SETTINGS.some((setting) => setting === name);
}
