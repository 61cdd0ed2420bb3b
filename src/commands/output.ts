/**
 * Tables and ages for people to read.
 */
import Table from 'cli-table3';

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = new Table({ head: [...heads], style: { head: [], border: [], compact: true } });
  for (const row of rows) lines.push([...row]);
  return lines.toString();
}

/** `42s`, `17m`, `5h`, `3d`: the largest unit that leaves a whole number above one. */
export function ageOf(timeMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - timeMs) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)}h`;
  return `${Math.round(seconds / 86_400)}d`;
}
