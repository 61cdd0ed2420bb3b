/**
 * What the facts about a Redis server mean for the queue. PURE: facts in, results out.
 *
 * The rules follow our guarantees: an acknowledged event must survive full memory (noeviction) and a crash of Redis
 * (append-only file). A value that the server does not tell is a warning, never a success.
 */

import { CLOCK_STOP_MS, CLOCK_WARN_MS } from '../redis/clock.js';
import type { RedisFacts } from './redis-facts.js';
import { type CheckResult, fail, ok, warn } from './result.js';

/** BullMQ runs on 5. The ACL rules, scripts and commands that we use are tested from 6.2 on. */
const OLDEST: readonly [major: number, minor: number] = [6, 2];
/** A batch costs a few round trips. Above this, they limit the throughput, not Amazon. */
const SLOW_MS = 20;

export function judgeVersion({ product, version, address }: RedisFacts): CheckResult {
  const name = 'redis version';
  const [major = Number.NaN, minor = 0] = (version ?? 'unknown').split('.').map(Number);
  if (Number.isNaN(major)) {
    return warn(name, `${address} does not say`, `make sure that it is ${OLDEST.join('.')} or newer`);
  }
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  const found = `${product} ${version}`;
  return isOld ? fail(name, `${found} at ${address}`, `upgrade to ${OLDEST.join('.')} or newer`) : ok(name, found);
}

export function judgeEviction({ evictionPolicy, address }: RedisFacts): CheckResult {
  const name = 'redis eviction';
  if (evictionPolicy === 'noeviction') return ok(name, 'maxmemory-policy noeviction');
  if (evictionPolicy === undefined) {
    return warn(name, `${address} does not say`, 'make sure at your provider that maxmemory-policy is noeviction');
  }
  return fail(
    name,
    `maxmemory-policy ${evictionPolicy} at ${address}: when memory runs out, Redis drops keys of the queue`,
    'redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf or at your provider',
  );
}

export function judgePersistence(facts: RedisFacts): CheckResult {
  const name = 'redis persistence';
  const { isAppendOnly, appendSync, hasSnapshots, address } = facts;
  const turnOn = 'redis-cli CONFIG SET appendonly yes, and the same in redis.conf or at your provider';
  if (facts.isDiskFailing) {
    return fail(name, `the last write to disk failed at ${address}`, 'free its disk, and see its log');
  }
  if (isAppendOnly === true && appendSync === 'no') {
    const found = 'appendonly yes, but appendfsync no: a crash loses what the system had not written yet';
    return warn(name, `${found} (${address})`, 'redis-cli CONFIG SET appendfsync everysec');
  }
  if (isAppendOnly === true) {
    return ok(name, `appendonly yes${appendSync === undefined ? '' : `, appendfsync ${appendSync}`}`);
  }
  if (isAppendOnly === undefined) {
    return warn(name, `${address} does not say`, 'make sure at your provider that the append-only file is on');
  }
  if (hasSnapshots === false) {
    const found = `neither append-only file nor snapshots at ${address}: a restart loses every queued event`;
    return fail(name, found, turnOn);
  }
  const found =
    hasSnapshots === true
      ? `snapshots only at ${address}: a crash loses the events since the last one`
      : `no append-only file at ${address}; whether it takes snapshots it does not say`;
  return warn(name, found, turnOn);
}

/** @param offsetMs our clock minus the clock of Redis */
export function judgeClock(offsetMs: number): CheckResult {
  const name = 'redis clock';
  const seconds = Math.abs(offsetMs) / 1000;
  if (seconds <= CLOCK_WARN_MS / 1000) return ok(name, `${seconds.toFixed(1)} s from the clock of Redis`);
  const found = `${seconds.toFixed(0)} s ${offsetMs > 0 ? 'ahead of' : 'behind'} the clock of Redis`;
  const limit = `a worker whose clock is more than ${CLOCK_STOP_MS / 60_000} minutes off takes no jobs`;
  return warn(name, found, `set both by NTP, and see which of the two is wrong: ${limit}`);
}

/** @param confirmed replicas that confirmed the write, of those that are waited for */
export function judgeReplicas(
  { replicas, address }: Pick<RedisFacts, 'replicas' | 'address'>,
  wanted: number,
  confirmed: number,
): CheckResult {
  const name = 'redis replicas';
  if (wanted > 0 && confirmed >= wanted) return ok(name, `REDIS_ACK_REPLICAS=${wanted}, ${confirmed} confirm writes`);
  if (wanted > 0) {
    const found = `REDIS_ACK_REPLICAS=${wanted}, but ${confirmed} confirm writes at ${address}: the intake answers 503`;
    return fail(name, found, 'start replicas, or lower REDIS_ACK_REPLICAS and accept that a failover loses events');
  }
  if (replicas !== undefined && replicas > 0) {
    const found = `${address} has ${replicas}, and REDIS_ACK_REPLICAS=0: a failover loses what they have not got yet`;
    return warn(name, found, 'set REDIS_ACK_REPLICAS=1');
  }
  return ok(
    name,
    'none is waited for; if your provider fails over behind this address, set REDIS_ACK_REPLICAS=1 by hand',
  );
}

/** @param timesMs round trips, in any order; at least one */
export function judgeLatency(timesMs: readonly number[]): CheckResult {
  const name = 'redis latency';
  const median = timesMs.toSorted((left, right) => left - right)[Math.floor(timesMs.length / 2)] ?? 0;
  const found = `${median.toFixed(1)} ms a round trip (median of ${timesMs.length} PINGs)`;
  if (median <= SLOW_MS) return ok(name, found);
  return warn(name, found, `keep it below ${SLOW_MS} ms: run Redis in the same region and network as the workers`);
}
