// Real: the code of docs/library.md, compiled against the built library as strictly as our own; names in
// docs/operations.md, compared with metrics and docker-compose.yml. Commands and settings of all pages:
// test/unit/naming.test.ts.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as library from '../../src/index.js';
import { settingsSchema } from '../../src/settings/settings-schema.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { readCompose } from '../support/compose.js';
import { compile, ROOT, Scratch } from '../support/scratch.js';

const page = readFileSync(join(ROOT, 'docs', 'library.md'), 'utf8');

it('every block of code in docs/library.md compiles as it stands', async () => {
  const blocks = [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
  expect(blocks.length).toBeGreaterThanOrEqual(4);
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

describe('docs/operations.md', () => {
  const operations = readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8');
  const all = (pattern: RegExp): string[] => [
    ...new Set([...operations.matchAll(pattern)].map(([, name = '']) => name)),
  ];

  it('names services, secrets and metrics that there are', async () => {
    const { services, secrets, volumes } = readCompose();
    for (const name of all(/compose exec (?:-T )?(\w+)/g)) expect(Object.keys(services)).toContain(name);
    for (const [name, { ports = [] }] of Object.entries(services)) {
      const published = ports.map((port) => port.slice(0, port.lastIndexOf(':')));
      expect(operations).toContain(`| ${name} | ${published.length > 0 ? `\`${published.join('`, `')}\`` : 'none'} |`);
    }
    expect(all(/secrets\/([a-z_]+)/g).toSorted()).toEqual(Object.keys(secrets).toSorted());
    expect(Object.keys(volumes)).toContain('redis-data');
    const metrics = await new Metrics(['default']).registry.metrics();
    for (const name of all(/`(capi_\w+)`/g)) expect(metrics).toMatch(new RegExp(`^# TYPE ${name} `, 'm'));
  });
});

describe('docs/console.md', () => {
  const text = readFileSync(join(ROOT, 'docs', 'console.md'), 'utf8');

  it('explains every setting of the console, and names none that there is not', () => {
    const known = [...Object.keys(settingsSchema.shape), 'CONSOLE_TOKEN_FILE'];
    const named = new Set([...text.matchAll(/\b(CONSOLE_[A-Z_]+)\b/g)].map(([, name = '']) => name));
    expect([...named].toSorted()).toEqual(known.filter((name) => name.startsWith('CONSOLE_')).toSorted());
  });

  it('its pictures are there, and small', () => {
    const folder = join(ROOT, 'docs', 'images');
    for (const [, name = ''] of text.matchAll(/\(images\/([^)]+)\)/g)) expect(readdirSync(folder)).toContain(name);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size, name).toBeLessThan(200_000);
  });
});
