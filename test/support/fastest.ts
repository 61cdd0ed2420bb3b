/**
 * How long a step takes without disturbance: the fastest of a few tries. A step that is too slow by itself is slow each
 * time; one that other programs delayed is not.
 */
const TRIES = 5;

/** @returns milliseconds */
export async function fastestOf(step: () => Promise<unknown>): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const startedAt = performance.now();
    await step();
    fastest = Math.min(fastest, performance.now() - startedAt);
  }
  return fastest;
}
