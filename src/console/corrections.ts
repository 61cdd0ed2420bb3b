/**
 * Parses corrections of a replay as a person types them: `path=value` per line, or one JSON merge patch.
 *
 * PURE.
 */
import { type Correction, parseEdit, parsePatch } from '../dead-letters/operations/edit.js';

export type ReadCorrections =
  | { readonly ok: true; readonly corrections: readonly Correction[] }
  | { readonly ok: false; readonly faults: readonly string[] };

export function readCorrections(text: string): ReadCorrections {
  if (text.trimStart().startsWith('{')) return readAll([text], parsePatch);
  const lines = text.split('\n').map((line) => line.trim());
  return readAll(
    lines.filter((line) => line !== ''),
    parseEdit,
  );
}

function readAll(texts: readonly string[], read: (text: string) => Correction): ReadCorrections {
  try {
    return { ok: true, corrections: texts.map(read) };
  } catch {
    // Their messages name the command's switches and quote the input.
    return {
      ok: false,
      faults: [
        'A correction is path=value, such as currencyCode=USD or matchKeys[0].values[0]=…, or a JSON object of fields to set.',
      ],
    };
  }
}
