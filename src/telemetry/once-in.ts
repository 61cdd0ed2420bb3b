/**
 * Work whose result is good for a while: within that time everybody gets the same, and only one of them waits for it anew.
 */
export function onceIn<T>(ms: number, work: () => Promise<T>): () => Promise<T> {
  let latest: { readonly result: Promise<T>; readonly atMs: number } | undefined;
  return () => {
    const nowMs = performance.now();
    if (latest && nowMs - latest.atMs < ms) return latest.result;
    const result = work();
    latest = { result, atMs: nowMs };
    // What failed is good for nobody else.
    result.catch(() => {
      latest = undefined;
    });
    return result;
  };
}
