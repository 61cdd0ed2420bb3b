/**
 * Puts the Redis of a test run under the ACL that is shipped: all our parts connect as its user, and at the end the
 * server's own log of denials tells whether they asked for more than they may.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ROOT, Scratch } from './scratch.js';

const USER = 'capi';
// `check` asks for it and says what it cannot tell where it is refused.
const ASKED_IN_VAIN: ReadonlySet<string> = new Set(['config|get']);

export interface Guard {
  /** The server's URL for the guarded user. */
  readonly url: string;
  /** What the user was refused. */
  denials(): Promise<string[]>;
}

/** What our own parts may not do: looking at everything, forgetting scripts. On the Redis of this test run. */
export async function asAdministrator<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
  const admin = new Redis(process.env['REDIS_ADMIN_URL'] ?? '');
  try {
    return await work(admin);
  } finally {
    admin.disconnect();
  }
}

/** @param adminUrl a server of our own: its users are changed */
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

/** The rules as the script that is shipped makes them of the template that is shipped. */
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
