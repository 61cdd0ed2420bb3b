/**
 * Scratch folders for tests that compile. Those inside the tree belong to the package, so that they can import it by
 * its name; those outside are another project.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNode } from './program.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export class Scratch implements Disposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static inTree(): Scratch {
    const parent = join(ROOT, '.tmp');
    mkdirSync(parent, { recursive: true });
    return new Scratch(mkdtempSync(join(parent, 'test-')));
  }

  static outside(): Scratch {
    return new Scratch(mkdtempSync(join(tmpdir(), 'capi-test-')));
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs the compiler. @returns its errors, empty if there are none */
export async function compile(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runNode([join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), ...args]);
  return code === 0 ? '' : `tsc ended with ${code}\n${stdout}${stderr}`;
}
