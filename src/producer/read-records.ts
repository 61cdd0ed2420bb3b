/**
 * Reading a file of records: NDJSON line by line, or JSON (one object, or an array of them) as a whole.
 *
 * The form is seen from the content, not from the name: a first line that is a JSON value of its own makes it NDJSON.
 */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { parseJson } from '../mapping/json.js';

/** A record and where it stood: the line of NDJSON, the place in an array, both from 1. */
export interface FileRecord {
  readonly line: number;
  /** Undefined where the record is not JSON. */
  readonly payload: { readonly value: unknown } | undefined;
}

export async function* readRecords(input: Readable): AsyncGenerator<FileRecord> {
  let whole: { readonly firstLine: number; readonly contents: string[] } | undefined;
  let isFirst = true;
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    const content = line === 1 ? text.replace(/^\uFEFF/, '') : text;
    if (whole) {
      whole.contents.push(content);
      continue;
    }
    if (content.trim() === '') continue;
    const payload = parsed(content);
    if (isFirst && (payload === undefined || Array.isArray(payload.value))) {
      // The start of a document that spans lines, or an array on one.
      whole = { firstLine: line, contents: [content] };
      continue;
    }
    isFirst = false;
    yield { line, payload };
  }
  if (whole) yield* recordsOfDocument(whole.contents.join('\n'), whole.firstLine);
}

function* recordsOfDocument(text: string, firstLine: number): Generator<FileRecord> {
  const document = parsed(text);
  if (document === undefined) {
    // Not one document after all: then the first line was a broken record, and the rest stand for themselves.
    let line = firstLine;
    for (const content of text.split('\n')) {
      if (content.trim() !== '') yield { line, payload: parsed(content) };
      line += 1;
    }
    return;
  }
  if (!Array.isArray(document.value)) {
    yield { line: firstLine, payload: document };
    return;
  }
  let place = 0;
  for (const value of document.value as unknown[]) {
    place += 1;
    yield { line: place, payload: { value } };
  }
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseJson(text) };
  } catch {
    // Said by the record's missing payload.
    return undefined;
  }
}
