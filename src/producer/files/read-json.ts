/**
 * JSON records: NDJSON line by line, or one document (an object, or an array of them) over several lines.
 *
 * The content decides: if the first line is a complete JSON object, the file is NDJSON and is streamed with flat
 * memory. A document is read as a whole, up to a limit.
 */
import { parseJson } from '../../mapping/json.js';
import type { FileRecord } from './file-record.js';
import { type Line, MAX_DOCUMENT_CHARS } from './read-lines.js';
import { UnusableFileError } from './unusable-file.js';

type Payload = FileRecord['payload'];

/** @throws UnusableFileError before any record, if the file is not JSON or a JSON array exceeds the limit */
export async function* readJson(
  lines: AsyncIterable<Line>,
  maxChars: number = MAX_DOCUMENT_CHARS,
): AsyncGenerator<FileRecord> {
  let document: Line[] | undefined;
  let chars = 0;
  let isFirst = true;
  for await (const line of lines) {
    if (document) {
      document.push(line);
      chars += line.text.length + 1;
      if (chars > maxChars) {
        if (isArray(document)) throw tooLarge(maxChars);
        // No record is that large: the first line is a broken record, and each other line is a record.
        yield* recordsOfLines(document);
        document = undefined;
      }
      continue;
    }
    if (isBlank(line)) continue;
    const payload = parsed(line.text);
    if (isFirst && payload === undefined) assertLooksLikeJson(line);
    if (isFirst && mayOpenDocument(line.text, payload)) document = [line];
    else yield { line: line.number, payload };
    isFirst = false;
  }
  if (document) yield* recordsOfDocument(document);
}

function mayOpenDocument(text: string, payload: Payload): boolean {
  return payload ? Array.isArray(payload.value) : /^\s*[[{]/.test(text);
}

/** Otherwise each line would be a refused record. */
function assertLooksLikeJson({ number, text }: Line): void {
  if (/^\s*[[{]/.test(text)) return;
  const advice = /[,;\t|]/.test(text) ? 'CSV files are of --source csv' : 'Write the records as JSON, NDJSON or CSV';
  throw new UnusableFileError(`the file is not JSON: line ${number} begins with neither { nor [. ${advice}`);
}

function* recordsOfDocument(lines: readonly Line[]): Generator<FileRecord> {
  const document = parsed(lines.map(({ text }) => text).join('\n'));
  if (document === undefined) {
    // Not one document: the first line is a broken record, and each other line is a record.
    yield* recordsOfLines(lines);
    return;
  }
  if (!Array.isArray(document.value)) {
    yield { line: lines[0]?.number ?? 1, payload: document };
    return;
  }
  let place = 0;
  for (const value of document.value as unknown[]) {
    place += 1;
    yield { line: place, payload: { value } };
  }
}

function* recordsOfLines(lines: readonly Line[]): Generator<FileRecord> {
  for (const line of lines) if (!isBlank(line)) yield { line: line.number, payload: parsed(line.text) };
}

function isArray([first]: readonly Line[]): boolean {
  return first?.text.trimStart().startsWith('[') === true;
}

function isBlank({ text }: Line): boolean {
  return text.trim() === '';
}

function parsed(text: string): Payload {
  try {
    return { value: parseJson(text) };
  } catch {
    // Reported by the record's missing payload.
    return undefined;
  }
}

function tooLarge(maxChars: number): UnusableFileError {
  const most = `${Math.round(maxChars / 1024 / 1024)} MiB`;
  return new UnusableFileError(
    `the JSON array is larger than ${most}: turn it into NDJSON, which has no limit (jq -c ".[]" FILE)`,
  );
}
