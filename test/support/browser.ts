/**
 * A real browser, Debian's chromium, for the tests of the console.
 *
 * Every page is watched: an error in its console, a script that throws or a request to another server makes
 * `expectQuiet` fail.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';
/** The limit for a step of a page on a busy machine. */
const PATIENCE_MS = 30_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function launchBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `the console is tested in a real browser: install chromium (${CHROMIUM}), as .ci/run does on Debian`,
    );
  }
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

/** Errors of the pages. */
export class Watch {
  readonly #faults: string[] = [];

  /** @param origin the only server that the page may request */
  follow(page: Page, origin: string): void {
    page.on('console', (message) => {
      // A refused form is answered with 4xx, which browsers report as an error.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) this.#faults.push(message.text());
    });
    page.on('pageerror', (error) => this.#faults.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(origin)) this.#faults.push(`asked for ${request.url()}`);
    });
  }

  expectQuiet(): void {
    expect(this.#faults.splice(0)).toEqual([]);
  }
}

export async function newContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/**
 * What axe reports as serious or critical, in the light and the dark scheme. The second run checks only colours, as
 * nothing else differs.
 */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const faults: string[] = [];
  for (const scheme of ['light', 'dark'] as const) {
    // Without animations: colours in transition belong to neither scheme.
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const only = scheme === 'dark' ? ", runOnly: ['color-contrast']" : '';
    const { violations } = await page.evaluate<AxeResults>(`axe.run({ resultTypes: ['violations']${only} })`);
    for (const { id, impact, nodes } of violations) {
      if (impact === 'serious' || impact === 'critical') faults.push(`${scheme}: ${id} at ${nodes[0]?.html}`);
    }
  }
  return faults;
}
