/** Opens the receipts file, if one is set. */

import { SettingsError } from '../settings/config.js';
import { fileFault } from '../settings/file-fault.js';
import { LineFile } from '../telemetry/receipts/line-file.js';
import { Receipts } from '../telemetry/receipts/receipts.js';
import type { Health } from './open-health.js';
import { print, say } from './output.js';
import type { Runtime } from './runtime.js';

/** @throws SettingsError if it cannot be opened */
export async function openReceipts(
  { settings, log }: Runtime,
  { clock, metrics }: Pick<Health, 'clock' | 'metrics'>,
): Promise<Receipts | undefined> {
  const { RECEIPTS_FILE: path } = settings;
  if (path === undefined) return undefined;
  try {
    const file = await LineFile.open({ path, log, onLost: (lines) => metrics.receiptsLost.inc(lines) });
    return new Receipts(file, clock);
  } catch (error) {
    throw new SettingsError([`RECEIPTS_FILE: ${path}: ${fileFault(error)}`]);
  }
}

/** Where a service prints that it is ready: standard output may be reserved for receipts. */
export function announcer({ settings }: Runtime): (line: string) => void {
  return settings.RECEIPTS_FILE === '-' ? say : print;
}
