/**
 * `npm run mutate [-- --delivering] [files]`: makes small changes to the deciding parts, or to those that deliver and
 * settle, and lists the changes that no test notices. Run by hand, not in the gate: a file takes minutes. The report:
 * .tmp/mutation/*.html.
 *
 * Stryker is installed beside the locked dependencies for the run, without its install scripts. `npm ci` removes it
 * again.
 */
import { spawnSync } from 'node:child_process';
import { ROOT } from './build.mjs';

const STRYKER = ['@stryker-mutator/core@9.6.1', '@stryker-mutator/vitest-runner@9.6.1'];
const DELIVERING = '--delivering';

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', ...STRYKER]);
const files = process.argv.slice(2).filter((argument) => argument !== DELIVERING);
const config = process.argv.includes(DELIVERING) ? 'delivering' : 'stryker';
run('npx', [
  '--no-install',
  'stryker',
  'run',
  `scripts/mutation/${config}.config.json`,
  ...(files.length === 0 ? [] : ['--mutate', files.join(',')]),
]);
