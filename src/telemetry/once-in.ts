/**
 * Caches the result of work for a time. Within it all callers get the same result, and only one call runs the work
 * again.
 */
export function onceIn<T>(ms: number, work: () => Promise<T>): () => Promise<T> {
  let latest: { readonly result: Promise<T>; readonly atMs: number } | undefined;
  return () => {
    const nowMs = performance.now();
    if (latest && nowMs - latest.atMs < ms) return latest.result;
    const result = work();
    latest = { result, atMs: nowMs };
    // A failure is not cached.
    result.catch(() => {
      latest = undefined;
    });
    return result;
  };
}
