/**
 * `npm run bench`: builds the program and the bench, then runs the bench. Its options: `npm run bench -- --help`.
 */
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfStale, installIfMissing, ROOT } from './build.mjs';

const COMPILED = join(ROOT, '.tmp', 'bench');

installIfMissing();
buildIfStale();
const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
// The gate checks types. Here the check would only take time.
runOrExit([tsc, '-p', join(ROOT, 'tsconfig.bench.json'), '--noCheck']);
// A file that the compiler does not copy.
cpSync(join(ROOT, 'scripts', 'redis.mjs'), join(COMPILED, 'scripts', 'redis.mjs'));
runOrExit([join(COMPILED, 'bench', 'bench.js'), ...process.argv.slice(2)]);

function runOrExit(args) {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
