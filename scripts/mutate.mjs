/**
 * `npm run mutate [-- --delivering] [files]`: changes the deciding parts in small ways, or those that deliver and settle, and sees
 * which changes no test notices. By hand, not in the gate: a file takes minutes. The report: .tmp/mutation/*.html.
 *
 * Stryker is put beside the locked dependencies for the run, without its install scripts; `npm ci` takes it away again.
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
