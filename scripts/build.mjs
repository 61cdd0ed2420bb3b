/**
 * Installs the locked dependencies if they are missing, and builds if the sources are newer than the build. Run
 * directly, it always builds.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAMP = join(ROOT, 'dist', '.built');

export function installIfMissing() {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs) return;
  process.stderr.write('Installing the locked dependencies.\n');
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

export function buildIfStale() {
  const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((path) => join(ROOT, path));
  if (existsSync(STAMP) && newest(sources) <= statSync(STAMP).mtimeMs) return;
  build();
}

export function build() {
  process.stderr.write('Building (tsc).\n');
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  run(process.execPath, [
    join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    join(ROOT, 'tsconfig.build.json'),
  ]);
  // The console's browser files are not compiled.
  cpSync(join(ROOT, 'src', 'console', 'assets'), join(ROOT, 'dist', 'console', 'assets'), { recursive: true });
  // tsc writes files that are not executable. A linked checkout runs the command directly.
  chmodSync(join(ROOT, 'dist', 'cli.js'), 0o755);
  writeFileSync(STAMP, '');
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    const entry = statSync(path);
    latest = Math.max(latest, entry.mtimeMs);
    if (entry.isDirectory()) latest = Math.max(latest, newest(readdirSync(path).map((name) => join(path, name))));
  }
  return latest;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  installIfMissing();
  build();
}
