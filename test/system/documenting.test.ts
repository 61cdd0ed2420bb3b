// Real: the code of docs/library.md, compiled against the built library as strictly as our own.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as library from '../../src/index.js';
import { compile, ROOT, Scratch } from '../support/scratch.js';

const page = readFileSync(join(ROOT, 'docs', 'library.md'), 'utf8');

it('every block of code in docs/library.md compiles as it stands', async () => {
  const blocks = [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
  expect(blocks.length).toBeGreaterThanOrEqual(6);
  using scratch = Scratch.inTree();
  blocks.forEach(([, language, code = ''], index) => {
    expect(language).toBe('ts');
    writeFileSync(scratch.path(`block-${index + 1}.ts`), code);
  });
  const config = { extends: join(ROOT, 'tsconfig.examples.json'), include: ['*.ts'] };
  writeFileSync(scratch.path('tsconfig.json'), JSON.stringify(config));
  expect(await compile('-p', scratch.folder)).toBe('');
});

it('docs/library.md explains every error that the library exports', () => {
  const errors = Object.keys(library).filter((name) => name.endsWith('Error'));
  expect(errors.length).toBeGreaterThanOrEqual(4);
  for (const name of errors) expect(page).toContain(`| \`${name}\``);
});
