/**
 * Runs `npm run demo`, `npm start`, `npm test` and similar on any checkout: installs what is missing, finds a Redis,
 * runs, and stops what it started.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildIfStale, installIfMissing, ROOT } from './build.mjs';
import { findRedis, NoRedisError } from './redis.mjs';

const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const COMMANDS = {
  test: [VITEST, 'run'],
  'verify:observability': [VITEST, 'run', '--config', 'vitest.observability.config.ts'],
  // Node 20 cannot run TypeScript.
  demo: ['--import', 'tsx', 'dev/demo/main.ts'],
  start: ['--import', 'tsx', 'dev/demo/main.ts', '--serve'],
  chaos: ['--import', 'tsx', 'test/chaos/main.ts'],
  soak: ['--import', 'tsx', 'test/chaos/soak.ts'],
};

const [name, ...rest] = process.argv.slice(2);
const command = COMMANDS[name];
if (!command) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(COMMANDS).join('|')}\n`);
  process.exit(2);
}

installIfMissing();
buildIfStale();
// In tests, our own server gets the ACL that we ship. A server of the user is not changed.
const isOurs = !process.env.REDIS_URL;
let redis;
try {
  redis = await findRedis();
} catch (error) {
  if (!(error instanceof NoRedisError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
process.stderr.write(`Redis: ${redis.how}\n`);

const child = spawn(process.execPath, [...command, ...rest], {
  cwd: ROOT,
  stdio: 'inherit',
  env: {
    ...process.env,
    REDIS_URL: redis.url,
    ...(isOurs && { REDIS_IS_OURS: '1' }),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
  },
});
// Ctrl-C and a closed terminal reach the child directly. A signal sent only to this process is passed on.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
const code = await new Promise((resolve) => child.once('exit', (status) => resolve(status ?? 1)));
await redis.stop();
process.exitCode = code;
