/** Pages as PNG files, by the chromium of this machine. */
import { existsSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { PAGE_WIDTH } from './page.js';
import { shrinkPng } from './small-png.js';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Small enough for a page in the documentation, large enough to read. */
const SCALE = 0.85;

/** The browser to draw with: CHROMIUM names another; undefined where there is none. */
export function findBrowser(): string | undefined {
  return [process.env['CHROMIUM'] ?? '', ...BROWSERS].find((path) => path !== '' && existsSync(path));
}

/** @returns the sizes of the files, bytes */
export async function takePictures(
  executablePath: string,
  pages: readonly { readonly html: string; readonly height: number; readonly path: string }[],
): Promise<number[]> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const sizes: number[] = [];
    for (const { html, height, path } of pages) {
      const page = await browser.newPage({ viewport: { width: PAGE_WIDTH, height }, deviceScaleFactor: SCALE });
      await page.setContent(html);
      const picture = shrinkPng(await page.screenshot());
      await page.close();
      writeFileSync(path, picture);
      sizes.push(picture.length);
    }
    return sizes;
  } finally {
    await browser.close();
  }
}
