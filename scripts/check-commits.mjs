/**
 * `npm run check:commits`: checks the messages of the commits since BASE against commitlint.config.js. Older commits
 * are not checked. Without the history (a shallow clone, a tarball) nothing is checked, and it says so.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './build.mjs';

const BASE = '667a575735a94e068c2b37c672e45a9a6fc1fb63';

const isKnown = spawnSync('git', ['merge-base', '--is-ancestor', BASE, 'HEAD'], { cwd: ROOT, stdio: 'ignore' });
if (isKnown.status !== 0) {
  process.stdout.write(`Commits: ${BASE.slice(0, 8)} is not in this history, nothing to check\n`);
  process.exit(0);
}
const commitlint = join(ROOT, 'node_modules', '@commitlint', 'cli', 'cli.js');
const { status } = spawnSync(process.execPath, [commitlint, '--from', BASE], { cwd: ROOT, stdio: 'inherit' });
process.exit(status ?? 1);
