// Real: the built program, Redis. `find` as a person types it.
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventOf } from '../support/events.js';
import { run } from '../support/program.js';
import { Scratch } from '../support/scratch.js';
import { World } from '../support/world.js';

const DEDUPE_ID = 'shopify:OFF_AMAZON_PURCHASES:1001';

let world: World;
let scratch: Scratch;
let environment: Record<string, string>;
beforeEach(async () => {
  world = await World.open();
  scratch = Scratch.outside();
  const secrets = { profileId: '1234567890', clientId: 'client', clientSecret: 'secret', refreshToken: 'refresh' };
  const accounts = [
    { name: world.account, ...secrets },
    { name: `${world.account}other`, ...secrets },
  ];
  writeFileSync(scratch.path('accounts.json'), JSON.stringify({ accounts }));
  environment = { REDIS_URL: process.env['REDIS_URL'] ?? '', ACCOUNTS_FILE: scratch.path('accounts.json') };
});
afterEach(async () => {
  await world.close();
  scratch[Symbol.dispose]();
});

it('prints the state first and the life below, or one object, and ends with 0 for every state', async () => {
  await world.enqueue([eventOf(DEDUPE_ID)], { source: 'shopify' });
  const text = await run(['find', '#1001'], environment);
  expect(text.code).toBe(0);
  expect(text.stdout).toMatch(
    new RegExp(`^queued {2}${DEDUPE_ID} \\(account ${world.account}\\)\n {2}\\d{4}-\\S+Z {2}enqueued +shopify\n$`),
  );
  const json = await run(['find', '1001', '--json', '--source', 'shopify', '--account', world.account], environment);
  expect(JSON.parse(json.stdout)).toMatchObject({ id: '1001', account: world.account, state: 'queued' });
  const other = await run(['find', '1001', '--account', `${world.account}other`], environment);
  expect(other).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('never seen, or so long ago that it was forgotten'),
  });
});

it('refuses an account or a source that there is not, and says so where Redis is away', async () => {
  expect(await run(['find', '1001', '--account', 'nobody'], environment)).toMatchObject({ code: 2 });
  expect(await run(['find', '1001', '--source', 'fax'], environment)).toMatchObject({ code: 2 });
  expect(await run(['find'], environment)).toMatchObject({ code: 2 });
  expect(await run(['find', '1001'], { ...environment, REDIS_URL: 'redis://127.0.0.1:1' })).toMatchObject({ code: 1 });
});
