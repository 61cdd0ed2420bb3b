/**
 * Measures many dead letters on its own Redis: the time and memory of reads, whether a replay keeps its rate, and
 * whether a replay that is killed repeatedly loses or duplicates an event.
 *
 *   npm run measure:letters -- [letters, 1000000] [replayed, 100000] [rate per second, 5000]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buildIfStale, installIfMissing, ROOT } from './build.mjs';
import { startServer } from './redis.mjs';

installIfMissing();
buildIfStale();

const [letterCount = 1_000_000, replayCount = 100_000, rate = 5_000] = process.argv.slice(2).map(Number);
const ACCOUNT = 'default';
const CAUSES = [
  { reason: 'rejected', code: 'INVALID_INPUT', message: 'currency BRL is not set up for advertiser 12' },
  { reason: 'forbidden', code: 'FORBIDDEN', message: 'profile may not send this country' },
  { reason: 'attempts_exhausted', code: 'INTERNAL_ERROR', message: 'try again later' },
  { reason: 'expired' },
];
const EVENT_TYPES = ['OFF_AMAZON_PURCHASES', 'LEAD', 'SIGN_UP'];

const load = (path) => import(join(ROOT, 'dist', path));
const queue = await load('queue.js');
const { connectRedis } = await load('redis.js');
const { letterJob } = await load('dead-letters/letter.js');
const { OperationStore } = await load('dead-letters/operation-store.js');
const { indexLetters } = await load('dead-letters/shelf-scripts.js');
const { statsOf } = await load('dead-letters/stats.js');
const { LetterStore } = await load('dead-letters/store.js');

const redis = await startServer();
const connection = connectRedis(redis.url, 'patient', 'measure');
const store = new LetterStore(ACCOUNT, connection);
try {
  await layLetters();
  await look();
  await replayAtRate();
  await replayUnderKills();
} finally {
  connection.disconnect();
  await redis.stop();
}

async function layLetters() {
  const letters = queue.openQueue(ACCOUNT, 'dead-letters', connection);
  const startedAt = performance.now();
  const diedFrom = Date.now() - 20 * 86_400_000;
  for (let start = 0; start < letterCount; start += 500) {
    const chunk = Array.from({ length: Math.min(500, letterCount - start) }, (_, place) =>
      letterAt(start + place, diedFrom),
    );
    await queue.addJobs(letters, chunk.map(letterJob), [indexLetters(store.keys, chunk)]);
  }
  await letters.close();
  const { used_memory: used } = Object.fromEntries(
    (await connection.info('memory')).split('\r\n').map((line) => line.split(':')),
  );
  say(
    `${letterCount} letters laid down in ${secondsSince(startedAt)} s; Redis holds ${perLetter(used)} bytes a letter`,
  );
}

function letterAt(number, diedFrom) {
  const { reason, ...answer } = CAUSES[number % CAUSES.length];
  const eventType = EVENT_TYPES[number % EVENT_TYPES.length];
  const isPurchase = eventType === EVENT_TYPES[0];
  return {
    v: 1,
    id: `${number}-0-m`,
    account: ACCOUNT,
    reason,
    event: {
      name: 'order',
      eventType,
      eventActionSource: 'WEBSITE',
      countryCode: 'US',
      timestamp: new Date().toISOString(),
      clientDedupeId: `order-${number}`,
      value: 12.5,
      ...(isPurchase && { currencyCode: 'USD', unitsSold: 2 }),
      matchKeys: [{ type: 'EMAIL', values: [number.toString(16).padStart(64, 'a')] }],
    },
    source: 'order',
    enqueuedAt: diedFrom,
    diedAt: diedFrom + number,
    attempts: 1,
    replays: 0,
    isMaybeDelivered: number % 50 === 0,
    answer: { status: 207, ...answer },
  };
}

async function look() {
  const page = (filter) => store.page(filter, { limit: 50 });
  const rare = `order-${Math.floor(letterCount / 3)}`;
  const looks = {
    stats: () => statsOf(store, {}),
    'stats of an event type since a week': () =>
      statsOf(store, { eventTypes: ['LEAD'], sinceMs: Date.now() - 7 * 86_400_000 }),
    'stats of a text': () => statsOf(store, { text: 'brl' }),
    'first page': () => page({}),
    'page of a reason and an event type': () => page({ reasons: ['expired'], eventTypes: ['SIGN_UP'] }),
    'page of a text that many hold': () => page({ text: 'currency' }),
    'page of a text that one holds': () => page({ text: rare }),
    'page of a text that none holds': () => page({ text: 'no such text' }),
    'page in the middle': async () =>
      store.page({}, { limit: 50, cursor: `${Date.now() - 20 * 86_400_000 + letterCount / 2}:0` }),
  };
  const before = process.memoryUsage().rss;
  for (const [name, act] of Object.entries(looks)) {
    const times = [];
    for (let round = 0; round < 3; round += 1) {
      const startedAt = performance.now();
      await act();
      times.push(performance.now() - startedAt);
    }
    say(`${name}: ${times.map((ms) => `${Math.round(ms)} ms`).join(', ')}`);
  }
  const grown = (process.memoryUsage().rss - before) / 1024 / 1024;
  say(`resident memory: ${Math.round(before / 1024 / 1024)} MiB before the looks, ${grown.toFixed(0)} MiB more after`);
}

async function replayAtRate() {
  await run(['dead-letters', 'replay', '--all', '--max', String(replayCount), '--rate', String(rate), '--json']);
  const [{ done, startedAt, endedAt }] = await new OperationStore(ACCOUNT, connection).list(1);
  const seconds = (endedAt - startedAt) / 1000;
  say(`replay at ${rate}/s: ${done} in ${seconds.toFixed(1)} s, ${Math.round(done / seconds)}/s`);
}

/** Runs the same command until it is done, killed after random times. Then every id must be in exactly one place. */
async function replayUnderKills() {
  let kills = 0;
  for (;;) {
    const order = ['--reason', 'rejected', '--max', replayCount, '--rate', 10_000].map(String);
    const args = [join(ROOT, 'dist', 'cli.js'), 'dead-letters', 'replay', ...order, '--json'];
    const child = spawn(process.execPath, args, { env: environment(), stdio: 'ignore' });
    const exited = once(child, 'exit');
    // A run waits up to three seconds until it regards the previous one as ended.
    const timer = setTimeout(() => child.kill('SIGKILL'), 1_000 + Math.random() * 5_000);
    const [code] = await exited;
    clearTimeout(timer);
    if (code === 0) break;
    kills += 1;
  }
  const places = new Map();
  const note = (id) => places.set(id, (places.get(id) ?? 0) + 1);
  const waiting = await connection.lrange(`{capi:${ACCOUNT}}:conversions:wait`, 0, -1);
  for (const jobId of waiting) {
    const data = await connection.hget(`{capi:${ACCOUNT}}:conversions:${jobId}`, 'data');
    for (const { event } of JSON.parse(data).events) note(event.clientDedupeId);
  }
  for await (const { event } of store.find({})) note(event.clientDedupeId);
  const lost = letterCount - places.size;
  const twice = [...places.values()].filter((count) => count > 1).length;
  say(`replay of ${replayCount} killed ${kills} times: ${lost} events lost, ${twice} in two places`);
  if (lost > 0 || twice > 0) process.exitCode = 1;
}

function environment() {
  return { ...process.env, REDIS_URL: redis.url };
}

async function run(args) {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'cli.js'), ...args], {
    env: environment(),
    stdio: 'inherit',
  });
  await once(child, 'exit');
}

function perLetter(bytes) {
  return Math.round(Number(bytes) / letterCount);
}

function secondsSince(startedAt) {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
