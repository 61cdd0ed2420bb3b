/**
 * Text made fit for a terminal and for a log: characters that steer what shows them are shown instead of obeyed.
 *
 * PURE. What lies in Redis came from shops, from Amazon and from files that somebody imported: an escape sequence in it
 * could rewrite a terminal, and a mark that turns the direction of writing could make one text look like another.
 */

/**
 * Controls (C0, DEL, C1), line and paragraph separators, and characters that turn text, hide it or are not seen themselves
 * (tags, fillers). Joiners stay: names and emoji are spelt with them.
 */
const STEERING = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/** One line: `␛[2J` for an escape, `␊` for a line break, `<U+202E>` for what has no picture. */
export function visibleText(text: string): string {
  return text.replace(STEERING, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}

/** The same value in JSON, with those characters escaped. Outside of texts JSON has none but line breaks. */
export function visibleJson(json: string): string {
  return json.replace(STEERING, (char) => (char === '\n' ? char : char.split('').map(escaped).join('')));
}

/** A tag is a pair of surrogates: each has an escape of its own. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
