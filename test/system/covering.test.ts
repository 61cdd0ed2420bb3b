// Real: the built program as processes, Redis; orders over HTTP and from a file, and their report in `status
// --coverage` and the console. The two weeks of the page are made up.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CoverageReport } from '../../src/coverage/report.js';
import { ConsoleProgram, VIEWER } from '../support/console-program.js';
import { DAY_MS, layDays } from '../support/coverage-days.js';
import { twoWeeks } from '../support/coverage-traffic.js';
import { orderOf } from '../support/events.js';
import { Program, run } from '../support/program.js';
import { Scratch } from '../support/scratch.js';

let console: ConsoleProgram;
beforeAll(async () => {
  console = await ConsoleProgram.start();
});
beforeEach(() => console.clear());
afterAll(() => console?.stop());

const status = (...args: string[]) => run(['status', '--coverage', ...args], console.environment);

async function layTwoWeeks(): Promise<void> {
  const { account, connection } = console.world;
  const [seconds] = await connection.time();
  await layDays(account, connection, twoWeeks(Math.floor((Number(seconds) * 1000) / DAY_MS) * DAY_MS));
}

describe('status --coverage', () => {
  it('counts exactly what came by intake and file, and gives advice', async () => {
    const { account } = console.world;
    const orders = Array.from({ length: 60 }, (_, place) => {
      const phone = place < 2 ? '+14155552671' : null;
      return orderOf({ id: place, customer: { email: 'a@b.example', lastName: 'Doe', postal: '94105', phone } });
    });
    const intake = await Program.start('intake', [], console.environment);
    const url = `${intake.address('intake')}/v1/events?source=order&account=${account}`;
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify([...orders, orderOf({ id: 61, customer: {} })]);
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(202);
    const metrics = await (await fetch(`${intake.address('metrics')}/metrics`)).text();
    expect(metrics).toContain(`capi_event_match_keys_total{account="${account}",source="order",type="PHONE"} 2`);
    expect(metrics).toContain(`capi_events_consent_total{account="${account}",source="order",consent="none"} 60`);
    expect(await intake.end()).toBe(0);

    using scratch = Scratch.outside();
    const file = scratch.path('sales.csv');
    const time = new Date().toISOString();
    const rows = ['a@b.example', 'c@d.example', 'e@f.example'].map(
      (email, place) => `sale,LEAD,OFFLINE,US,${time},s-${place},${email}`,
    );
    writeFileSync(
      file,
      ['name,eventType,eventActionSource,countryCode,timestamp,clientDedupeId,email', ...rows].join('\n'),
    );
    const enqueued = await run(['enqueue', file, '--source', 'csv', '--account', account], console.environment);
    expect(enqueued).toMatchObject({ code: 0 });

    const { code, stdout } = await status('--json');
    expect(code).toBe(0);
    const [report] = JSON.parse(stdout) as CoverageReport[];
    expect(report).toMatchObject({
      account,
      sources: [
        {
          source: 'order',
          today: { events: 60, keys: { EMAIL: { events: 60, share: 1 }, PHONE: { events: 2, share: 2 / 60 } } },
          lastSevenDays: { events: 60, consent: { none: { events: 60, share: 1 } } },
          sevenDaysBefore: { events: 0, keys: { EMAIL: { events: 0, share: null } } },
          advice: [{ keys: ['PHONE'], text: 'Orders: phone on 3 % of orders. Send customer.phone with each order.' }],
        },
        { source: 'csv', lastSevenDays: { events: 3, keys: { EMAIL: { events: 3 } } }, advice: [] },
      ],
    });
    expect(report?.sources).toHaveLength(2);
    const text = (await status()).stdout;
    expect(text).toMatch(/Orders +│ today │ last 7 days │ 7 days before │ change/);
    expect(text).toMatch(/│ phone +│ 3 % +│ 3 % +│ - +│ +│/);
    expect(text).toContain('ADVICE  Orders: phone on 3 % of orders. Send customer.phone with each order.');
  });

  it('compares two weeks and names what dropped today', async () => {
    await layTwoWeeks();
    const { code, stdout } = await status('--account', console.world.account);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "DROPPED  Google Analytics 4: e-mail on 12 % of today's events, on 74 % in the 7 days before today",
    );
    expect(stdout).toContain('ADVICE  Stripe: phone on 3 % of orders. Turn on phone number collection in Checkout.');
    expect(stdout).toMatch(/│ phone +│ 59 % +│ 58 % +│ 25 % +│ \+33 +│/);
  });

  it('says that nothing came in', async () => {
    expect((await status()).stdout).toBe(`account ${console.world.account}: nothing came in within the last 14 days\n`);
  });
});

describe('the page of coverage', () => {
  it('shows week beside week, what fell first, and what to do', async () => {
    await layTwoWeeks();
    const page = await console.open('/', VIEWER);
    await page.getByRole('link', { name: 'Coverage' }).click();
    await page.getByRole('heading', { name: 'Coverage', level: 1 }).waitFor();
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
      'Google Analytics 4',
      'Shopify',
      'CSV',
      'Stripe',
    ]);
    const card = (name: string) => page.getByRole('region', { name });
    expect(await card('Google Analytics 4').locator('.notice').textContent()).toBe(
      'E-mail fell: on 12 % of today’s events, on 74 % in the 7 days before today.',
    );
    const row = card('Shopify').getByRole('row', { name: /^Phone/ });
    expect(await row.locator('th, td:not([aria-hidden])').allTextContents()).toEqual([
      'Phone',
      '59 %',
      '58 %',
      '25 %',
      '+33',
    ]);
    expect(await row.locator('rect').count()).toBe(14);
    expect(await card('Stripe').getByRole('listitem').allTextContents()).toEqual([
      'Phone on 3 % of orders. Turn on phone number collection in Checkout. In code: phone_number_collection[enabled]=true.',
    ]);
    expect(await card('Shopify').getByRole('listitem').count()).toBe(0);
    console.watch.expectQuiet();
  });

  it('stays a table on a phone, with the numbers that are compared', async () => {
    await layTwoWeeks();
    const page = await console.open(`${console.base}/coverage`);
    await page.setViewportSize({ width: 360, height: 740 });
    const row = page.getByRole('region', { name: 'Stripe' }).getByRole('row', { name: /^Phone/ });
    expect(await row.locator('th:visible, td:visible').allTextContents()).toEqual(['Phone', '3 %', '3 %', '3 %']);
    const boxes = await Promise.all(
      (await row.locator('th:visible, td:visible').all()).map((cell) => cell.boundingBox()),
    );
    expect(new Set(boxes.map((box) => box?.y)).size).toBe(1);
  });

  it('renews itself', async () => {
    const page = await console.open(`${console.base}/coverage`);
    await page.getByText('Nothing came in within the last 14 days.').waitFor();
    await layTwoWeeks();
    await page.clock.runFor(16_000);
    await page.getByRole('heading', { name: 'Stripe' }).waitFor();
  });
});
