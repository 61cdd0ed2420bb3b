// Real: the bench in its shortest form, with all its processes. Figures of such a short run mean nothing, so none is
// checked.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FIGURES } from '../../bench/figures.js';
import type { Report } from '../../bench/tables.js';
import { runNode } from '../support/program.js';
import { ROOT, Scratch } from '../support/scratch.js';

// Some ten seconds on two idle cores. It starts about thirty processes, so busy cores take far longer.
const WITHIN_MS = 300_000;

it(
  'npm run bench measures every figure, prints it and writes it as JSON',
  async () => {
    using scratch = Scratch.outside();
    const out = scratch.path('figures.json');
    const { code, stdout, stderr } = await runNode([join(ROOT, 'scripts', 'bench.mjs'), '--smoke', '--out', out], {
      PATH: process.env['PATH'] ?? '',
    });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const report = JSON.parse(readFileSync(out, 'utf8')) as Report;
    expect(report.machine).toMatchObject({ cores: expect.any(Number), node: process.version });
    expect(report.results.map(({ name }) => name)).toEqual(Object.keys(FIGURES));
    for (const { name, median } of report.results)
      expect({ name, median }).toEqual({ name, median: expect.any(Number) });
    for (const { label } of Object.values(FIGURES)) expect(stdout).toContain(label.replaceAll(/[*`]/g, ''));
  },
  WITHIN_MS,
);
