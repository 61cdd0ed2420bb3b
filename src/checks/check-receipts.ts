/** Whether the worker and the intake can write RECEIPTS_FILE. Nothing is opened, as opening would create the file. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SettingsError } from '../settings/config.js';
import { fileFault } from '../settings/file-fault.js';

/** @throws SettingsError with the text that a failed start prints */
export function assertReceiptsFile(path: string | undefined): void {
  if (path === undefined || path === '-') return;
  const fault = faultOf(path);
  if (fault !== undefined) throw new SettingsError([`RECEIPTS_FILE: ${path}: ${fault}`]);
}

function faultOf(path: string): string | undefined {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory()) return faultOfCode('EISDIR');
    if (there?.isFIFO() || there?.isSocket()) return faultOfCode('NOT_A_FILE');
    if (there) accessSync(path, constants.W_OK);
    else accessSync(dirname(path), constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return fileFault(error);
  }
}

function faultOfCode(code: string): string {
  return fileFault(Object.assign(new Error(code), { code }));
}
