/**
 * Parses the secrets that clients present: API keys and console tokens, from a setting or from its file.
 *
 * Two forms. Lines: `secret` or `label=secret`, one a line or comma-separated; a line that starts with `#` is a
 * comment. JSON: a list of objects, on any number of lines. Promises: text in neither form is an error that names every
 * faulty line, and no part of it becomes a usable secret. Never: shows a secret or a part of one.
 */
import { parse as parseStrictJson } from 'lossless-json';
import { z } from 'zod';

/** Shorter secrets can be guessed. */
export const SECRET_MIN_CHARS = 16;

/** The text is not a usable list. `faults` names every faulty line. */
export class SecretTextError extends Error {
  readonly code = 'SECRET_TEXT';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('; '));
    this.name = 'SecretTextError';
    this.faults = faults;
  }
}

export interface SecretEntry {
  /** `line 3`, or `line 3, entry 2` if a line has several. */
  readonly where: string;
  /** The text before the `=`. */
  readonly label: string | undefined;
  readonly secret: string;
}

/**
 * The alphabet of bearer tokens (RFC 6750). Text that is no secret (JSON, YAML, a URL, an unexpanded variable) almost
 * always contains another character.
 */
const SECRET = /^[A-Za-z0-9._~+/-]+=*$/;
/** A separator line in a file, or a comment of another format. */
const RULE_OR_COMMENT = /^(\/\/|--|\+\+)/;
const DISTINCT_MIN = 5;
const LABELLED = /^([^=]*)=([^=].*)$/;

export function isSecretJson(text: string): boolean {
  return /^\s*[[{]/.test(withoutMark(text));
}

/** @throws SecretTextError naming every faulty line, or if there is no entry at all */
export function readSecretLines(text: string): SecretEntry[] {
  const entries: SecretEntry[] = [];
  const faults: string[] = [];
  for (const [index, line] of withoutMark(text).split(/\r?\n/).entries()) {
    if (/^\s*#/.test(line)) continue;
    const parts = line.split(',').map((part) => part.trim());
    for (const [place, part] of parts.entries()) {
      if (part === '') continue;
      const where = parts.length === 1 ? `line ${index + 1}` : `line ${index + 1}, entry ${place + 1}`;
      const [, label, named] = LABELLED.exec(part) ?? [];
      const secret = named ?? part;
      const fault = label === '' ? 'nothing stands before the =' : faultOf(secret, label === undefined);
      if (fault === undefined) entries.push({ where, label, secret });
      else faults.push(`${where}: ${fault}`);
    }
  }
  if (faults.length > 0) throw new SecretTextError(faults);
  if (entries.length === 0) throw new SecretTextError(['holds no secret']);
  throwIfRepeated(entries);
  return entries;
}

/**
 * @param entrySchema the schema of one object of the list; a secret in it is a {@link jsonSecret}
 * @throws SecretTextError naming every faulty entry
 */
export function readSecretJson<T extends object>(text: string, entrySchema: z.ZodType<T>): T[] {
  let document: unknown;
  try {
    // Strict: if an object has a key twice, it is unclear which value is meant.
    document = parseStrictJson(withoutMark(text));
  } catch {
    throw new SecretTextError(['starts like JSON and is not valid JSON']);
  }
  if (!Array.isArray(document)) throw new SecretTextError(['JSON must be a list: [{…}, {…}]']);
  const parsed = z.array(entrySchema).min(1, 'holds no secret').safeParse(document);
  if (parsed.success) return parsed.data;
  throw new SecretTextError(parsed.error.issues.map(({ path, message }) => jsonFault(path, message)));
}

/** A secret in JSON may have any visible ASCII character, as its end is clear. */
export const jsonSecret = z
  .string()
  .regex(/^[!-~]*$/, 'may hold visible ASCII characters only, no blanks')
  .refine((secret) => secret.length >= SECRET_MIN_CHARS, `is shorter than ${SECRET_MIN_CHARS} characters`)
  .refine((secret) => isVaried(secret), 'repeats too few characters: generate a random one');

export const secretNameSchema = z.string().regex(/^[\w.-]+$/, 'must be 1 or more letters, digits, _, . or -');

function jsonFault(path: readonly PropertyKey[], message: string): string {
  const [index, ...field] = path;
  if (typeof index !== 'number') return message;
  // The name of an unknown field may be a misplaced secret, and zod's message repeats it.
  const shown = message.startsWith('Unrecognized key') ? 'has a field that is not known' : message;
  return `entry ${index + 1}${field.length > 0 ? `, ${field.join('.')}` : ''}: ${shown}`;
}

function faultOf(secret: string, isBare: boolean): string | undefined {
  if (secret.startsWith('#')) return 'a comment takes a line of its own';
  if (!SECRET.test(secret) || RULE_OR_COMMENT.test(secret)) {
    return 'holds what no secret of this form holds: letters, digits and . _ ~ + / - only, = at the end; or write JSON';
  }
  if (secret.length < SECRET_MIN_CHARS) return `is shorter than ${SECRET_MIN_CHARS} characters`;
  if (!isVaried(secret)) return 'repeats too few characters: generate a random one';
  // `operators-of-berlin=` is a name without its secret.
  if (isBare && secret.endsWith('=') && !isPaddedBase64(secret)) return 'nothing stands after the =';
  return undefined;
}

function isVaried(secret: string): boolean {
  return new Set(secret).size >= DISTINCT_MIN;
}

/** As `openssl rand -base64` writes it. A random text of 16 or more has both upper and lower case. */
function isPaddedBase64(secret: string): boolean {
  const isMixed = /[A-Z]/.test(secret) && /[a-z]/.test(secret);
  return isMixed && Buffer.from(secret, 'base64').toString('base64') === secret;
}

function throwIfRepeated(entries: readonly SecretEntry[]): void {
  const first = new Map<string, string>();
  const faults: string[] = [];
  for (const { where, secret } of entries) {
    const earlier = first.get(secret);
    if (earlier === undefined) first.set(secret, where);
    else faults.push(`${where}: repeats the secret of ${earlier}`);
  }
  if (faults.length > 0) throw new SecretTextError(faults);
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
