/** The time of day of this process goes wrong, as a host's does when it is set. Timers keep their pace. */
import { vi } from 'vitest';

const realNow = Date.now.bind(Date);

/** @returns what sets it right again */
export function shiftDate(offsetMs: number): () => void {
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + offsetMs);
  return () => spy.mockRestore();
}
