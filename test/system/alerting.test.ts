// Real: promtool, the built program. The rules are held against a real worker in observing.test.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/program.js';
import { isWithoutPrometheus, promtool } from '../support/prometheus.js';
import { ROOT } from '../support/scratch.js';

const RUNBOOKS = join(ROOT, 'docs', 'runbooks');
const texts = readdirSync(RUNBOOKS).map((name) => readFileSync(join(RUNBOOKS, name), 'utf8'));
const commands = [...new Set(texts.flatMap((text) => text.match(/npx capi-forwarder [^`\n]+/g) ?? []))];

describe.skipIf(isWithoutPrometheus())('asking promtool', () => {
  it.each([
    ['check', 'config', 'prometheus/prometheus.yml'],
    ['check', 'rules', '--lint-fatal', 'prometheus/rules/forwarder.yml'],
    ['test', 'rules', 'prometheus/tests/forwarder_test.yml'],
  ])('promtool %s %s finds no fault', (...args) => {
    expect(promtool(args)).toEqual({ code: 0, output: expect.stringContaining('SUCCESS') as unknown });
  });
});

it.each(commands)('a runbook’s %s is a command with options that there are', async (command) => {
  const [, , name = '', second = '', ...rest] = command.split(' ');
  const path = name === 'dead-letters' ? [name, second] : [name];
  const { code, stdout } = await run([...path, '--help'], {});
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`capi-forwarder ${path.join(' ')} `) });
  expect([second, ...rest].filter((word) => word.startsWith('--') && !stdout.includes(`${word} `))).toEqual([]);
});
