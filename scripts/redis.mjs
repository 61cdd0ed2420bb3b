/**
 * Finds a Redis for the demo and the tests: REDIS_URL, the server that REDIS_BIN names, one on the PATH, one that is
 * installed if that is safe without asking, docker, or else a message with what to type. Plain Node: it runs before any
 * dependency is installed.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const SERVERS = ['redis-server', 'valkey-server'];
const START_WITHIN_MS = 15_000;

export class NoRedisError extends Error {}

/** @returns {Promise<import('./redis.d.mts').FoundRedis>} */
export async function findRedis(say = (line) => process.stderr.write(`${line}\n`)) {
  const url = process.env.REDIS_URL;
  if (url) {
    await assertReachable(url);
    return { url, how: `REDIS_URL (${url.replace(/\/\/[^@/]*@/, '//')})`, stop: async () => {} };
  }
  if (!findServer() && canInstall()) {
    say('No Redis found: installing Debian’s redis-server (as root on Debian or Ubuntu).');
    installServer();
  }
  if (findServer()) {
    const server = await startServer({ isDetached: true });
    return { url: server.url, how: `${server.binary} on port ${server.port}`, stop: () => server.stop() };
  }
  if (spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0) return startInDocker();
  throw new NoRedisError(adviceFor(process.platform));
}

/** Starts our own server on a free loopback port, with its files in a temporary folder. */
export async function startServer(options = {}) {
  for (let triesLeft = 3; ; triesLeft -= 1) {
    try {
      return await startOn(options.port ?? (await freePort()), options);
    } catch (error) {
      // Another process may have taken the port meanwhile.
      const isTaken = /Address already in use/.test(error.message);
      if (!isTaken || options.port !== undefined || triesLeft === 1) throw error;
    }
  }
}

async function startOn(port, { folder, isPersistent = false, isDetached = false, args = [] }) {
  const binary = findServer();
  if (!binary) throw new NoRedisError(adviceFor(process.platform));
  const dir = folder ?? mkdtempSync(join(tmpdir(), 'capi-redis-'));
  const persistence = isPersistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const child = spawn(
    binary,
    [
      `--port ${port} --bind 127.0.0.1 --dir ${dir} --maxmemory-policy noeviction`.split(' '),
      ['--save', '', ...persistence, ...args],
    ].flat(),
    // Detached, so that Ctrl-C in the terminal does not reach it: its users stop first.
    { stdio: ['ignore', 'pipe', 'inherit'], detached: isDetached },
  );
  const exited = once(child, 'exit');
  await new Promise((resolve, reject) => {
    let log = '';
    const timer = setTimeout(() => reject(new Error(`${binary} did not start in time:\n${log}`)), START_WITHIN_MS);
    child.stdout.on('data', (chunk) => {
      log += chunk;
      if (/ready to accept connections/i.test(log)) {
        clearTimeout(timer);
        resolve();
      }
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`${binary} ended with ${code}:\n${log}`));
    });
  });
  child.stdout.removeAllListeners('data').resume();
  const end = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    folder: dir,
    binary,
    pid: child.pid,
    /** Ends it like a power cut. */
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM');
      if (folder === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** @returns the file of the server to start; REDIS_BIN chooses one that is not on the PATH (CONTRIBUTING.md) */
function findServer() {
  const chosen = process.env.REDIS_BIN;
  if (chosen) {
    try {
      accessSync(chosen, constants.X_OK);
      return chosen;
    } catch {
      throw new NoRedisError(`REDIS_BIN is set, but ${chosen} is no program that can be run: mend it, or unset it`);
    }
  }
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of SERVERS) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here: try the next.
      }
    }
  }
  return undefined;
}

function canInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/etc/debian_version');
}

function installServer() {
  // Runlevel 1 prevents the package from starting its own service.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  execFileSync('apt-get', ['update'], { stdio: 'ignore', env });
  const install = ['install', '-y', '--no-install-recommends', 'redis-server'];
  execFileSync('apt-get', install, { stdio: ['ignore', 'ignore', 'inherit'], env });
}

async function startInDocker() {
  const args = [
    'run',
    '--rm',
    '--detach',
    '--publish',
    '127.0.0.1:0:6379',
    'redis:7',
    '--maxmemory-policy',
    'noeviction',
  ];
  const id = execFileSync('docker', args, { encoding: 'utf8' }).trim();
  const port = execFileSync('docker', ['port', id, '6379/tcp'], { encoding: 'utf8' }).trim().split(':').at(-1);
  const url = `redis://127.0.0.1:${port}`;
  await assertReachable(url);
  return { url, how: 'redis:7 in docker', stop: async () => void execFileSync('docker', ['rm', '--force', id]) };
}

async function assertReachable(url) {
  const { hostname, port, protocol } = new URL(url);
  if (!/^rediss?:$/.test(protocol)) return;
  const socket = connect({ host: hostname, port: Number(port || 6379) });
  socket.setTimeout(3000, () => socket.destroy(new Error('timeout')));
  try {
    await once(socket, 'connect');
  } catch {
    throw new NoRedisError(
      `REDIS_URL is set, but nothing answers at ${hostname}:${port || 6379}: start it, or unset it`,
    );
  } finally {
    socket.destroy();
  }
}

/**
 * A free loopback port. It is below the system's range for outgoing connections, so that a restarted server can use its
 * port again. The port ten thousand above is for the bus of a cluster.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(10_000, 20_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port) {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

function adviceFor(platform) {
  const command =
    platform === 'darwin' ? 'brew install redis' : 'sudo apt-get install redis-server (or dnf, apk, pacman)';
  const windows = 'run it under WSL, or start Docker Desktop';
  return `No Redis found. Install one: ${platform === 'win32' ? windows : command}; or set REDIS_URL.`;
}
