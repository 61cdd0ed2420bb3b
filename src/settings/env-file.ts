/**
 * Secrets of `.env` that Node reads otherwise than they were meant: from a `#` on, an unquoted value is a comment. WooCommerce's
 * generated secrets hold `#`, and with half of one every delivery is a bad signature.
 *
 * PURE. Never: shows a value.
 */
import { parseEnv } from 'node:util';
import { type Environment } from './config.js';
import { SECRET_SETTINGS } from './settings-schema.js';

const SETTING = /^\s*(?:export\s+)?([A-Z_]+)\s*=/;
/** A value that is there, in no quotes, with a `#` in it. */
const CUT = /=(?!\s*['"`])(?!\s+#)[^#]*#/;

export interface CutSecret {
  readonly setting: string;
  /** From 1. */
  readonly line: number;
}

/**
 * @param text of the file
 * @param environment what the program goes by: a setting of the process stands before one of the file
 */
export function findCutSecrets(text: string, environment: Environment): CutSecret[] {
  const read = parseEnv(text);
  const found = new Map<string, { readonly line: number; readonly isCut: boolean }>();
  // Of lines that set the same, the last counts.
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
