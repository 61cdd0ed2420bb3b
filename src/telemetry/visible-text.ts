/**
 * Makes text safe for terminals and logs: control characters are shown instead of executed.
 *
 * PURE. Data in Redis came from shops, from Amazon and from imported files. An escape sequence in it could rewrite a
 * terminal, and a direction mark could make one text look like another.
 */

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, and characters that change the direction of text,
 * hide it or are invisible themselves (tags, fillers). Joiners stay: names and emoji use them.
 */
const STEERING = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/** One line: `␛[2J` for an escape, `␊` for a line break, `<U+202E>` for characters without a symbol. */
export function visibleText(text: string): string {
  return text.replace(STEERING, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}

/** The same value in JSON, with those characters escaped. Outside of strings JSON has only line breaks. */
export function visibleJson(json: string): string {
  return json.replace(STEERING, (char) => (char === '\n' ? char : char.split('').map(escaped).join('')));
}

/** A tag is a surrogate pair. Each half has its own escape. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
