// Real: Redis servers of each kind of fault, the sandbox with faults, HTTP.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { checkAccount } from '../../src/checks/check-account.js';
import { checkRedis } from '../../src/checks/check-redis.js';
import { type CheckResult, guarded } from '../../src/checks/result.js';
import type { Account } from '../../src/settings/accounts.js';
import { lwaCredentials } from '../support/credentials.js';
import { World } from '../support/world.js';

const levelsOf = (results: readonly CheckResult[]) =>
  Object.fromEntries(results.map(({ name, level }) => [name, level]));
const resultOf = (results: readonly CheckResult[], name: string) => results.find((result) => result.name === name);

const FINE = {
  redis: 'ok',
  'redis writes': 'ok',
  'redis replicas': 'ok',
  'redis version': 'ok',
  'redis eviction': 'ok',
  'redis persistence': 'ok',
  'redis latency': 'ok',
  'redis clock': 'ok',
};

describe('checking Redis', () => {
  const servers: RedisServer[] = [];
  const start = async (options: Parameters<typeof startServer>[0] = {}) => {
    const server = await startServer(options);
    servers.push(server);
    return server;
  };
  const administer = async (server: RedisServer, ...commands: [string, ...string[]][]) => {
    const admin = new Redis(server.url);
    for (const [name, ...args] of commands) await admin.call(name, ...args);
    admin.disconnect();
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  it('finds nothing wrong with a server set up as it should be, and leaves nothing in it', async () => {
    const server = await start({ isPersistent: true });
    const results = await checkRedis(server.url);
    expect(levelsOf(results)).toEqual(FINE);
    expect(resultOf(results, 'redis persistence')?.found).toBe('appendonly yes, appendfsync always');
    expect(resultOf(results, 'redis')?.found).toBe(`127.0.0.1:${server.port} answers`);
    const admin = new Redis(server.url);
    expect(await admin.dbsize()).toBe(0);
    admin.disconnect();
  });

  it('fails a server that evicts keys, and one that keeps nothing over a restart', async () => {
    const results = await checkRedis((await start({ args: ['--maxmemory-policy', 'allkeys-lru'] })).url);
    expect(levelsOf(results)).toEqual({ ...FINE, 'redis eviction': 'fail', 'redis persistence': 'fail' });
    expect(resultOf(results, 'redis eviction')).toMatchObject({
      found: expect.stringContaining('allkeys-lru'),
      advice: expect.stringContaining('CONFIG SET maxmemory-policy noeviction'),
    });
    expect(resultOf(results, 'redis persistence')?.advice).toContain('CONFIG SET appendonly yes');
  });

  it('warns of snapshots alone', async () => {
    const results = await checkRedis((await start({ args: ['--save', '3600', '1'] })).url);
    expect(levelsOf(results)).toEqual({ ...FINE, 'redis persistence': 'warn' });
  });

  it('reads INFO where CONFIG is forbidden, and shows no password', async () => {
    const server = await start({ isPersistent: true });
    const rules = ['on', '>canary-password', '~{capi:*', '&*', '+@all', '-@admin', '-@dangerous', '+info'];
    await administer(server, ['ACL', 'SETUSER', 'forwarder', ...rules]);
    const results = await checkRedis(`redis://forwarder:canary-password@127.0.0.1:${server.port}`);
    expect(levelsOf(results)).toEqual(FINE);
    expect(resultOf(results, 'redis persistence')?.found).toBe('appendonly yes');
    expect(JSON.stringify(results)).not.toContain('canary');
  });

  it('warns of what it cannot know where INFO is forbidden too', async () => {
    const server = await start({ isPersistent: true });
    await administer(server, ['ACL', 'SETUSER', 'tight', 'on', '>pw', '~*', '&*', '+@all', '-@admin', '-@dangerous']);
    const results = await checkRedis(`redis://tight:pw@127.0.0.1:${server.port}`);
    expect(levelsOf(results)).toEqual({
      ...FINE,
      'redis version': 'warn',
      'redis eviction': 'warn',
      'redis persistence': 'warn',
    });
  });

  it('fails a user that may not write our keys, and says what to give it', async () => {
    const server = await start({ isPersistent: true });
    await administer(server, ['ACL', 'SETUSER', 'reader', 'on', '>pw', '~other:*', '+@all']);
    const results = await checkRedis(`redis://reader:pw@127.0.0.1:${server.port}`);
    expect(levelsOf(results)).toEqual({ ...FINE, 'redis writes': 'fail' });
    expect(resultOf(results, 'redis writes')).toMatchObject({
      found: expect.stringContaining('NOPERM'),
      advice: expect.stringContaining('ACL SETUSER'),
    });
  });

  it('fails a replica and a server out of memory', async () => {
    const replica = await checkRedis((await start({ args: ['--replicaof', '127.0.0.1', '1'] })).url);
    expect(resultOf(replica, 'redis writes')).toMatchObject({
      level: 'fail',
      found: expect.stringContaining('READONLY'),
      advice: expect.stringContaining('primary'),
    });
    const full = await checkRedis((await start({ args: ['--maxmemory', '1'] })).url);
    expect(resultOf(full, 'redis writes')).toMatchObject({ level: 'fail', found: expect.stringContaining('OOM') });
  });

  it('looks at the primaries of a cluster', async () => {
    const server = await start({
      isPersistent: true,
      args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'],
    });
    await administer(server, ['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']);
    const admin = new Redis(server.url);
    await expect.poll(() => admin.cluster('INFO'), { timeout: 10_000 }).toContain('cluster_state:ok');
    admin.disconnect();
    const results = await checkRedis(`redis+cluster://127.0.0.1:${server.port}`);
    expect(levelsOf(results)).toEqual(FINE);

    // A list of commands for a single server: not a problem of firewalls.
    const rules = ['on', '>pw', '~{capi:*', '&*', '+@all', '-cluster'];
    await administer(server, ['ACL', 'SETUSER', 'single', ...rules]);
    expect(await checkRedis(`redis+cluster://single:pw@127.0.0.1:${server.port}`)).toMatchObject([
      {
        level: 'fail',
        found: expect.stringContaining('forbids the command cluster|slots'),
        advice: expect.stringContaining('ACL SETUSER <user> +cluster|slots'),
      },
    ]);
  });

  it.each([
    ['redis://127.0.0.1:1', 'ECONNREFUSED', 'start Redis'],
    ['redis://nowhere.invalid:6379', 'E', 'REDIS_URL'],
    ['redis+cluster://127.0.0.1:1', 'TIMEOUT', 'check REDIS_URL'],
    ['redis+sentinel://127.0.0.1:1/mymaster', '127.0.0.1:1', 'REDIS_URL'],
  ])('says why %s cannot be reached, in one line', async (url, code, advice) => {
    const results = await checkRedis(url);
    expect(levelsOf(results)).toEqual({ redis: 'fail' });
    expect(results[0]?.found).toContain(code);
    expect(results[0]?.advice).toContain(advice);
  });

  it('says that a password is missing or wrong, and shows neither', async () => {
    const server = await start({ args: ['--requirepass', 'canary-right'] });
    for (const url of [server.url, `redis://:canary-wrong@127.0.0.1:${server.port}`]) {
      const results = await checkRedis(url);
      expect(results).toMatchObject([
        {
          level: 'fail',
          found: expect.stringMatching(/NOAUTH|WRONGPASS/),
          advice: expect.stringContaining('REDIS_URL'),
        },
      ]);
      expect(JSON.stringify(results)).not.toContain('canary');
    }
  });
});

describe('checking an account', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.open();
  });
  afterEach(() => world.close());

  const check = async (overrides: Partial<Account> = {}, isFromFile = false) => {
    const results = await checkAccount({ ...world.advertiser, name: 'shop', ...overrides }, 2000, isFromFile);
    expect(JSON.stringify(results)).not.toMatch(/canary|Atza/);
    return results;
  };

  it('finds nothing wrong where the token is given and the profile is one of its own', async () => {
    expect(levelsOf(await check())).toEqual({ 'token shop': 'ok', 'profile shop': 'ok' });
  });

  it('names the profiles that the token has, where another is set', async () => {
    const [, profile] = await check({ profileId: '42' });
    expect(profile).toMatchObject({
      level: 'fail',
      found: '42 is none of the token’s 1 in NA',
      advice: 'set AMAZON_ADS_PROFILE_ID to one of 1234567890',
    });
    const [, inFile] = await check({ profileId: '42' }, true);
    expect(inFile?.advice).toBe('set profileId (ACCOUNTS_FILE) to one of 1234567890');
  });

  it('says of ads-api-v1 that the token is accepted, and compares no profile', async () => {
    const [, profile] = await check({ wire: 'ads-api-v1', profileId: undefined });
    expect(profile).toMatchObject({ level: 'ok', found: expect.stringContaining('the token is accepted') });
  });

  it.each([
    [{ kind: 'credentials', error: 'invalid_grant' }, 'invalid_grant', 'LWA_REFRESH_TOKEN was revoked'],
    [{ kind: 'credentials', error: 'invalid_client' }, 'invalid_client', 'LWA_CLIENT_SECRET do not belong together'],
    [{ kind: 'token_status', status: 503 }, 'refuses|gives|answers', 'LWA_TOKEN_URL'],
  ] as const)(
    'on %j at Login with Amazon says what to do, and does not ask for the profile',
    async (fault, found, advice) => {
      world.sandbox.faults.add(fault);
      expect(await check()).toMatchObject([
        {
          name: 'token shop',
          level: 'fail',
          found: expect.stringMatching(found),
          advice: expect.stringContaining(advice),
        },
      ]);
    },
  );

  it('names what is asked over http, and warns where that is another machine', async () => {
    const [token, ...rest] = await check();
    expect(token?.found).toMatch(/^given by 127\.0\.0\.1:\d+, over http$/);
    expect(rest).toHaveLength(1);
    const elsewhere = await check({
      credentials: lwaCredentials({ tokenUrl: 'http://token.invalid/t' }),
      endpoint: 'http://api.invalid',
    });
    expect(elsewhere.slice(1)).toEqual(
      ['LWA_TOKEN_URL', 'AMAZON_ADS_ENDPOINT'].map((name) =>
        expect.objectContaining({ level: 'warn', found: `${name} is http: credentials can be read on the way` }),
      ),
    );
  });

  it('says that a secret’s file is gone', async () => {
    const readClientSecret = () => {
      throw Object.assign(new Error('/run/canary'), { code: 'ENOENT' });
    };
    expect(await check({ credentials: lwaCredentials({ readClientSecret }) })).toMatchObject([
      { found: expect.stringContaining('ENOENT') },
    ]);
  });

  it('says that nobody answers at the token’s address and at the endpoint', async () => {
    expect(await check({ credentials: lwaCredentials({ tokenUrl: 'http://127.0.0.1:1/token' }) })).toMatchObject([
      {
        level: 'fail',
        found: expect.stringContaining('ECONNREFUSED'),
        advice: expect.stringContaining('LWA_TOKEN_URL'),
      },
    ]);
    expect(await check({ endpoint: 'http://127.0.0.1:1' })).toMatchObject([
      { level: 'ok' },
      { level: 'fail', found: expect.stringContaining('ECONNREFUSED') },
    ]);
  });

  describe('by Amazon’s answers', () => {
    let answer: { status: number; body: string };
    let endpoint: string;
    let headers: Record<string, unknown>;
    const amazon = createServer((request, response) => {
      headers = request.headers;
      response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body);
    });
    beforeEach(async () => {
      await new Promise<void>((resolve) => {
        amazon.listen(0, '127.0.0.1', resolve);
      });
      endpoint = `http://127.0.0.1:${(amazon.address() as AddressInfo).port}`;
    });
    afterEach(
      () =>
        new Promise<void>((resolve) => {
          amazon.close(() => resolve());
          amazon.closeAllConnections();
        }),
    );

    it.each([
      [401, 'fail', 'approved'],
      [403, 'fail', 'lacks access'],
      [404, 'fail', 'AMAZON_ADS_ENDPOINT'],
      [302, 'fail', 'AMAZON_ADS_ENDPOINT'],
      [429, 'warn', 'in a minute'],
      [503, 'fail', 'later'],
    ])('%s is %s and says what to do', async (status, level, advice) => {
      answer = { status, body: '{"message":"canary"}' };
      const [, profile] = await check({ endpoint });
      expect(profile).toMatchObject({
        level,
        found: `${new URL(endpoint).host} answers ${status}`,
        advice: expect.stringContaining(advice),
      });
    });

    it('does not accept a page that answers 200', async () => {
      answer = { status: 200, body: '<html>canary</html>' };
      expect((await check({ endpoint }))[1]).toMatchObject({ level: 'fail' });
    });

    it('keeps the digits of a profile id past 2^53, and sends the client id and no scope', async () => {
      answer = { status: 200, body: '[{"profileId":9007199254740993,"countryCode":"US"}]' };
      expect((await check({ endpoint, profileId: '9007199254740993' }))[1]).toMatchObject({ level: 'ok' });
      expect(headers).toMatchObject({
        'amazon-advertising-api-clientid': 'client',
        authorization: expect.stringMatching(/^Bearer Atza/),
      });
      expect(headers).not.toHaveProperty('amazon-advertising-api-scope');
    });

    it('says where to look when the token has no profile at all', async () => {
      answer = { status: 200, body: '[]' };
      expect((await check({ endpoint }))[1]).toMatchObject({
        level: 'fail',
        advice: expect.stringContaining('AMAZON_ADS_REGION'),
      });
    });
  });
});

it('a check that breaks is a failure of its own, with a code and no text', async () => {
  const broken = guarded('account x', () => Promise.reject(new TypeError('canary')));
  expect(await broken).toMatchObject([
    { name: 'account x', level: 'fail', found: 'the check itself broke (TypeError)' },
  ]);
});
