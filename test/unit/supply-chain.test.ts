// The lock file and the package's metadata: what may be installed, from where, and under which licence.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const lock: { lockfileVersion: number; packages: Record<string, Locked> } = JSON.parse(read('package-lock.json'));
const installed = Object.entries(lock.packages).filter(([path]) => path !== '');

it('every locked package is pinned by a SHA-512 digest of its bytes', () => {
  expect(lock.lockfileVersion).toBe(3);
  expect(installed.length).toBeGreaterThan(100);
  for (const [path, { integrity, version, link }] of installed) {
    expect(integrity, path).toMatch(/^sha512-[\w+/]{86}==$/);
    expect(version, path).toMatch(/^\d+\.\d+\.\d+/);
    expect(link, path).toBeUndefined();
  }
});

it('no locked package names a source: all come from the configured registry', () => {
  for (const [path, { resolved }] of installed) expect(resolved, path).toBeUndefined();
});

it('no package needs an install script, and none is run', () => {
  const withScript = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
  // An accelerator of BullMQ's serialiser, which works without it; Node's own file watcher on macOS, which comes with
  // vitest. The script of esbuild, a development dependency of tsx, only makes its start faster.
  const known = /^node_modules\/(msgpackr-extract|fsevents)$/;
  const isKnown = (path: string, { optional, dev }: Locked) =>
    (known.test(path) && optional) || (path === 'node_modules/esbuild' && dev);
  expect(withScript.filter(([path, locked]) => !isKnown(path, locked))).toEqual([]);
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
});

it('what is shipped with the program is under a licence that asks for no more than its text', () => {
  const permissive = /^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0)$/;
  const shipped = installed.filter(([, { dev }]) => !dev);
  expect(shipped.length).toBeGreaterThan(50);
  expect(shipped.filter(([, { license = '' }]) => !permissive.test(license)).map(([path]) => path)).toEqual([]);
});
