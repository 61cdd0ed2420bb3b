/** Changes the time of day of this process, as when a host's clock is set. Timers keep their pace. */
import { vi } from 'vitest';

const realNow = Date.now.bind(Date);

/** @returns a function that restores it */
export function shiftDate(offsetMs: number): () => void {
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + offsetMs);
  return () => spy.mockRestore();
}
