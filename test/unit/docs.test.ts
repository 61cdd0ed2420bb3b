// The pages as a whole: links work, the index names each page, README and docs stay short.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/scratch.js';

const DOCS = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => join('docs', file));
const AT_ROOT = readdirSync(ROOT).filter((file) => file.endsWith('.md'));
const PAGES = [...AT_ROOT, ...DOCS, 'examples/README.md', 'bench/NOTES.md', 'test/chaos/NOTES.md'];
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** The anchor that GitHub makes from a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

function anchorsOf(page: string): Set<string> {
  return new Set([...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)));
}

/** Words as a reader counts them: marks of tables, headings and lists do not count. */
function wordsOf(text: string): number {
  return text.split(/\s+/).filter((word) => /[^|#*=-]/.test(word)).length;
}

describe.each(PAGES)('%s', (page) => {
  it('leads to files and headings that exist', () => {
    const prose = read(page).replaceAll(/^```.*?^```$/gms, '');
    const dead = [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : normalize(join(dirname(page), path));
        if (!existsSync(join(ROOT, target))) return true;
        return anchor !== undefined && !anchorsOf(target).has(anchor);
      });
    expect(dead).toEqual([]);
  });
});

it('the index of the docs names each page', () => {
  const index = read('docs/README.md');
  const pages = DOCS.filter((page) => dirname(page) === 'docs' && page !== 'docs/README.md');
  expect(pages.filter((page) => !index.includes(`](${page.slice('docs/'.length)})`))).toEqual([]);
});

it('every picture is shown on a page', () => {
  const shown = new Set(
    PAGES.flatMap((page) => [...read(page).matchAll(/images\/([\w-]+\.png)/g)].map(([, name]) => name)),
  );
  const pictures = readdirSync(join(ROOT, 'docs', 'images'));
  expect(pictures.filter((picture) => !shown.has(picture))).toEqual([]);
});

it('the README has at most 1,000 words', () => {
  expect(wordsOf(read('README.md'))).toBeLessThanOrEqual(1_000);
});

it('the docs have at most 16,000 words', () => {
  expect(DOCS.reduce((sum, page) => sum + wordsOf(read(page)), 0)).toBeLessThanOrEqual(16_000);
});
