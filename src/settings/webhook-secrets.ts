/**
 * Parses webhook secrets, from a setting or from its file.
 *
 * The platform makes them, and WooCommerce's contain any punctuation: commas, `#`, blanks. So a setting's value counts
 * as a whole, and also each part between its commas (two secrets while one is rotated). A file has one secret a line;
 * only the line end is removed. A signature is valid if any of them made it. Promises: text that is no list of secrets
 * (JSON, a `NAME=secret` line, a short word) is an error that names the line. Never: shows a secret.
 */
import { SECRET_MIN_CHARS, SecretTextError } from './secret-list.js';

/** `# text`, or a plain secret that somebody disabled with a `#` before it. */
const COMMENT = /^\s*#(\s|[\w.~+/=-]*$)/;
const PLAIN_PIECE = /^[\w.~+/=-]+$/;
/** C0 and C1 control characters, and the mark that decoding leaves for invalid UTF-8. */
const NO_TEXT = /[\p{Cc}\uFFFD]/u;
const SETTING_LINE = /^\s*(export\s+)?\w*WEBHOOK_SECRET\w*\s*[=:]/i;

/** @throws SecretTextError if the value is no secret */
export function readWebhookSetting(text: string): string[] {
  const whole = text.replace(/[\r\n]+$/, '');
  const fault = faultOf(whole);
  if (fault !== undefined) throw new SecretTextError([fault]);
  return [...new Set([whole, ...piecesOf(whole)])];
}

/** @throws SecretTextError naming every faulty line, or if there is no secret at all */
export function readWebhookFile(text: string): string[] {
  const secrets: string[] = [];
  const faults: string[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '' || COMMENT.test(line)) continue;
    const fault = faultOf(line);
    if (fault !== undefined) faults.push(`line ${index + 1}: ${fault}`);
    else secrets.push(line, ...listedOn(line));
  }
  if (faults.length > 0) throw new SecretTextError(faults);
  if (secrets.length === 0) throw new SecretTextError(['holds no secret']);
  return [...new Set(secrets)];
}

/** Parts that could be guessed do not count: a generated secret with commas has parts of a few characters. */
function piecesOf(whole: string): string[] {
  const pieces = whole.split(',').map((piece) => piece.trim());
  return pieces.filter((piece) => piece.length >= SECRET_MIN_CHARS);
}

/** Several secrets on one line, the older form of files. Only if all are plain: no generated secret with a comma is. */
function listedOn(line: string): string[] {
  const pieces = line.split(',').map((piece) => piece.trim());
  const isList = pieces.every((piece) => piece.length >= SECRET_MIN_CHARS && PLAIN_PIECE.test(piece));
  return isList ? pieces : [];
}

function faultOf(secret: string): string | undefined {
  if (NO_TEXT.test(secret)) return 'holds bytes that are no text in UTF-8, or a line break';
  if (secret.trim().length < SECRET_MIN_CHARS) return `is shorter than ${SECRET_MIN_CHARS} characters`;
  if (isJson(secret)) return 'is JSON: write the secret alone';
  if (SETTING_LINE.test(secret)) return 'names the setting: write the secret alone';
  return undefined;
}

function isJson(text: string): boolean {
  if (!/^\s*[[{"]/.test(text)) return false;
  try {
    JSON.parse(text.replace(/,\s*$/, ''));
    return true;
  } catch {
    // A secret that starts like JSON.
    return false;
  }
}
