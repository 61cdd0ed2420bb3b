/** The slope of samples over time, by least squares. PURE. */
const HOUR_MS = 3_600_000;

export function slopePerHour(points: readonly { readonly atMs: number; readonly value: number }[]): number {
  if (points.length < 2) return 0;
  const meanMs = points.reduce((sum, { atMs }) => sum + atMs, 0) / points.length;
  const mean = points.reduce((sum, { value }) => sum + value, 0) / points.length;
  let shared = 0;
  let spread = 0;
  for (const { atMs, value } of points) {
    shared += (atMs - meanMs) * (value - mean);
    spread += (atMs - meanMs) ** 2;
  }
  return (shared / spread) * HOUR_MS;
}
