/** JSON from Redis, from a file or from a person; undefined if the text is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller decides what that means.
    return undefined;
  }
}
