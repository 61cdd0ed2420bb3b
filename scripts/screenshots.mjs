/**
 * Takes screenshots of every page of a running console, light and dark, wide and narrow, for review and for the docs.
 *
 *   npm run demo -- --keep        (in another terminal; it prints the console's address and the account)
 *   node scripts/screenshots.mjs http://127.0.0.1:8081 demo-1a2b3c .tmp/screenshots
 *
 * Fill two weeks of coverage and reconciles first: node --import tsx test/support/lay-coverage.ts REDIS_URL ACCOUNT, and
 * lay-reconciles.ts in the same way
 *
 * It corrects one letter, starts and cancels a slow replay, and discards a letter, so that every page has content.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [url, account, folder = '.tmp/screenshots'] = process.argv.slice(2);
if (!url || !account) {
  process.stderr.write('usage: node scripts/screenshots.mjs URL ACCOUNT [FOLDER]\n');
  process.exit(2);
}
const SIZES = { wide: { width: 1280, height: 640 }, phone: { width: 390, height: 844 } };
const base = `${url}/accounts/${account}`;
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage();

await shoot('overview', url);
await shoot('coverage', `${base}/coverage`);
await shoot('reconcile', `${base}/reconcile`);
await page.goto(`${base}/letters`);
await shoot('letters', `${base}/letters?reason=rejected`, async () => {
  for (const place of [0, 2]) await page.locator('input[type="checkbox"][name="id"]').nth(place).check();
});
await shoot('find', `${url}/find?id=BR-120001`);
await page.goto(`${base}/letters?text=BRL`);
const letter = new URL((await page.locator('.letters tbody th a').first().getAttribute('href')) ?? '', url).href;

await page.goto(`${letter}/edit`);
const text = await page.locator('#event').inputValue();
await shoot('edit', `${letter}/edit`, async () => {
  await page.locator('#event').fill(text.replace('"BR"', '"Brazil"').replace('"unitsSold"', '"units"'));
  await page.getByRole('button', { name: 'Check only' }).click();
  await page.locator('#faults').waitFor();
});
await page.goto(`${letter}/edit`);
await page.locator('#event').fill(text.replace('"BRL"', '"USD"'));
await page.getByRole('button', { name: 'Save', exact: true }).click();
await shoot('letter', letter);

const meant = 'scope=all&in-reason=rejected&in-text=BRL';
await shoot('replay', `${base}/replay?${meant}`, async () => {
  await page.locator('#set').fill('currencyCode=USD');
  await page.getByRole('button', { name: 'Preview again' }).click();
  await page.locator('.diff').waitFor();
});
await shoot('discard', `${base}/discard?scope=all&in-reason=forbidden`);

await page.goto(`${base}/discard?id=${letter.split('/').at(-1)}`);
await page.locator('#because').fill('a test order of our own staff');
await page.locator('#confirm').fill('1');
await page.getByRole('button', { name: /^Discard/ }).click();
await page.getByRole('row', { name: /discard.*done/ }).waitFor();
await page.goto(`${base}/replay?${meant}`);
await page.locator('#rate').fill('3');
await page.getByRole('button', { name: /^Replay \d/ }).click();
await page.getByText(/a second, at most 3/).waitFor();
await shoot('operations', `${base}/operations`);
await page.getByRole('button', { name: /^Cancel/ }).click();
await page.getByRole('button', { name: /^Resume/ }).waitFor();
await shoot('history', `${base}/history`);
await browser.close();

/** The same page four times. `prepare` runs each time. */
async function shoot(name, address, prepare = async () => {}) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.goto(address);
      await prepare();
      await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) });
    }
  }
}
