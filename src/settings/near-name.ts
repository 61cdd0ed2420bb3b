/** Finds the known name nearest to a misspelt one. PURE. */

/** Below this length one typo is allowed, from it on two: short names are similar to each other. */
const LONG_FROM = 12;

/** @returns undefined if none is near, or the name is known */
export function nearName(name: string, known: readonly string[]): string | undefined {
  const upper = name.toUpperCase();
  const near = known
    .filter((one) => one !== name && Math.abs(one.length - name.length) <= 2)
    .map((one) => ({ one, slips: slipsBetween(upper, one.toUpperCase()) }))
    .filter(({ one, slips }) => slips <= (Math.min(one.length, name.length) < LONG_FROM ? 1 : 2))
    .toSorted((left, right) => left.slips - right.slips);
  return known.includes(name) ? undefined : near[0]?.one;
}

/** `did you mean region?`, after the given words. Empty if no name is near. */
export function didYouMean(name: string, known: readonly string[], before = ': '): string {
  const near = nearName(name, known);
  return near === undefined ? '' : `${before}did you mean ${near}?`;
}

/** How many characters are missing, extra, wrong, or swapped with the next one. */
function slipsBetween(left: string, right: string): number {
  // Of the usual distance table only the last two rows are kept.
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, place) => place);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
