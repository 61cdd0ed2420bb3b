// Real: a Redis Cluster of three masters and three replicas under the ACL that we ship; the built program as processes;
// the sandbox. The servers' logs of denials show whether the forwarder needed more rights.
import { execFileSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { ClusterSet } from '../support/cluster-set.js';
import { conversionPayload, EMAIL_DIGEST } from '../support/events.js';
import { begin, endAllPrograms, Program, run } from '../support/program.js';
import { ROOT, Scratch } from '../support/scratch.js';
import { until } from '../support/world.js';

const PASSWORD = 'a-password';
const ADMIN = { user: 'admin', password: 'admin' };
/** `check` asks for it, and if it is refused, reports what it cannot tell. */
const ASKED_IN_VAIN = 'config|get';

const scratch = Scratch.outside();
const sandbox = new Sandbox();
let cluster: ClusterSet;
let environment: Record<string, string>;

beforeAll(async () => {
  const [passwords, acl] = [scratch.path('passwords'), scratch.path('users.acl')];
  writeFileSync(passwords, PASSWORD);
  execFileSync('sh', [join(ROOT, 'redis', 'start.sh'), join(ROOT, 'redis', 'users.acl'), passwords, acl, 'true']);
  appendFileSync(acl, `user ${ADMIN.user} on >${ADMIN.password} ~* &* +@all\n`);
  cluster = await ClusterSet.start({ args: ['--aclfile', acl], userInfo: `capi:${PASSWORD}`, signIn: ADMIN });
  const amazon = await sandbox.start();
  environment = {
    REDIS_URL: cluster.url,
    AMAZON_ADS_ENDPOINT: amazon,
    LWA_TOKEN_URL: `${amazon}/auth/o2/token`,
    AMAZON_ADS_PROFILE_ID: '1234567890',
    LWA_CLIENT_ID: 'client',
    LWA_CLIENT_SECRET: 'secret',
    LWA_REFRESH_TOKEN: 'refresh',
    BATCH_LINGER_MS: '30',
    RETRY_BASE_DELAY_MS: '20',
    MAX_REQUESTS_PER_SECOND: '100',
  };
});

afterAll(async () => {
  await endAllPrograms();
  await sandbox.stop();
  await cluster.stop();
  scratch[Symbol.dispose]();
});

async function denials(): Promise<string[]> {
  const found = await Promise.all(
    cluster.servers.map((server) => cluster.administer(server, (redis) => redis.call('ACL', 'LOG'))),
  );
  return found
    .flatMap((entries) => (Array.isArray(entries) ? entries.map((entry) => JSON.stringify(entry)) : []))
    .filter((entry) => !entry.includes(ASKED_IN_VAIN));
}

async function deadLetters(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(['dead-letters', ...args], environment);
  expect({ args, code, stderr }).toMatchObject({ args, code: 0 });
  return stdout;
}

it('events arrive, fail, and go through every command of dead-letters in a Cluster, within the ACL', async () => {
  const intake = await Program.start('intake', [], environment);
  const worker = await Program.start('worker', [], environment);
  sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
  // Enough letters that a replay of one per second is still running when the next command asks for it.
  const others = Array.from({ length: 12 }, (_, place) => `bad-rest-${place}`);
  const events = ['good-1', 'bad-1', 'bad-2', ...others].map((clientDedupeId) =>
    conversionPayload({ clientDedupeId, timestamp: new Date().toISOString() }),
  );
  const answer = await fetch(`${intake.address('intake')}/v1/events?source=conversion`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(await answer.json()).toEqual({ accepted: events.length, rejected: [] });
  let letters: { id: string }[] = [];
  await until(async () => {
    letters = JSON.parse(await deadLetters('list', '--json'));
    expect(letters).toHaveLength(events.length - 1);
  });

  sandbox.faults.clear();
  expect(await deadLetters('stats')).toContain('rejected');
  expect(await deadLetters('show', letters[0]?.id ?? '')).toContain('bad-');
  const exported = scratch.path('letters.ndjson');
  writeFileSync(exported, await deadLetters('export', '--match', 'bad-1'));
  await deadLetters('discard', '--match', 'bad-1');
  await deadLetters('import', exported);
  await deadLetters('replay', '--match', 'bad-2', '--set', 'value=7');
  const replay = begin(['dead-letters', 'replay', '--all', '--rate', '1'], environment);
  let running = '';
  await until(async () => {
    const operations: { id: string; state: string }[] = JSON.parse(await deadLetters('operations', '--json'));
    running = operations.find(({ state }) => state === 'running')?.id ?? '';
    expect(running).not.toBe('');
  });
  await deadLetters('cancel', running);
  await replay.ended;
  await deadLetters('resume', running);
  expect(await deadLetters('history')).toContain('replay');
  await until(() => expect(sandbox.received.list().filter(({ counted }) => counted === 1)).toHaveLength(events.length));
  await deadLetters('erase', '--match-key-sha256', EMAIL_DIGEST);
  await until(async () => {
    const { code, stdout } = await run(['status', '--json'], environment);
    expect({ code, accounts: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      accounts: [{ balance: { queued: 0, difference: 0 } }],
    });
  });
  const checked = await run(['check'], environment);
  expect(checked.stdout).toContain('redis replicas: REDIS_ACK_REPLICAS=1, 1 confirm writes');
  expect(checked.code).toBe(0);
  expect(await worker.end('SIGTERM')).toBe(0);
  expect(await intake.end('SIGTERM')).toBe(0);
  expect(await denials()).toEqual([]);
});
