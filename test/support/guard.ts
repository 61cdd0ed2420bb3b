/**
 * Puts the Redis of a test run under the ACL that we ship: all parts connect as its user. At the end the server's log
 * of denials shows whether they needed more rights.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ROOT, Scratch } from './scratch.js';

const USER = 'capi';
// `check` asks for it, and if it is refused, reports what it cannot tell.
const ASKED_IN_VAIN: ReadonlySet<string> = new Set(['config|get']);

export interface Guard {
  /** The server's URL for the guarded user. */
  readonly url: string;
  /** What the user was denied. */
  denials(): Promise<string[]>;
}

/** What our own parts may not do: reading everything, deleting scripts. On the Redis of this test run. */
export async function asAdministrator<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
  const admin = new Redis(process.env['REDIS_ADMIN_URL'] ?? '');
  try {
    return await work(admin);
  } finally {
    admin.disconnect();
  }
}

/** @param adminUrl our own server, as its users are changed */
export async function guardRedis(adminUrl: string): Promise<Guard> {
  const password = randomBytes(12).toString('hex');
  const admin = new Redis(adminUrl);
  try {
    await admin.call('ACL', 'SETUSER', USER, 'reset', ...rulesFor(password));
    await admin.call('ACL', 'LOG', 'RESET');
  } finally {
    admin.disconnect();
  }
  const url = new URL(adminUrl);
  url.username = USER;
  url.password = password;
  return { url: url.href.replace(/\/$/, ''), denials: () => denialsAt(adminUrl) };
}

/** The rules that the shipped script makes from the shipped template. */
function rulesFor(password: string): string[] {
  using scratch = Scratch.outside();
  writeFileSync(scratch.path('passwords'), password);
  const acl = scratch.path('users.acl');
  const start = join(ROOT, 'redis', 'start.sh');
  execFileSync('sh', [start, join(ROOT, 'redis', 'users.acl'), scratch.path('passwords'), acl, 'true']);
  const [line] = readFileSync(acl, 'utf8').match(new RegExp(`^user ${USER} .*$`, 'm')) ?? [];
  if (line === undefined) throw new Error(`redis/users.acl names no user ${USER}`);
  return line.split(' ').slice(2);
}

async function denialsAt(adminUrl: string): Promise<string[]> {
  const admin = new Redis(adminUrl);
  try {
    const entries: unknown = await admin.call('ACL', 'LOG');
    if (!Array.isArray(entries)) throw new Error('ACL LOG gave no list');
    return entries.flatMap((entry: unknown) => {
      const texts = Array.isArray(entry) ? entry.map(String) : [];
      const fieldOf = (name: string) => texts[texts.indexOf(name) + 1] ?? '';
      const object = fieldOf('object');
      if (fieldOf('username') !== USER || ASKED_IN_VAIN.has(object)) return [];
      return [`${fieldOf('reason')} ${object} (${fieldOf('client-info').replace(/^.* name=(\S*) .*$/, '$1')})`];
    });
  } finally {
    admin.disconnect();
  }
}
