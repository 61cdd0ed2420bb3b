// Real: promtool, the built program. The rules are held against a real worker in observing.test.ts.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/program.js';
import { isWithout, isWithoutPrometheus, promtool } from '../support/prometheus.js';
import { RULE_FILES } from '../support/rules.js';
import { ROOT } from '../support/scratch.js';

const RUNBOOKS = join(ROOT, 'docs', 'runbooks');
const texts = readdirSync(RUNBOOKS).map((name) => readFileSync(join(RUNBOOKS, name), 'utf8'));
const COMMANDS = [...new Set(texts.flatMap((text) => text.match(/npx capi-forwarder [^`\n]+/g) ?? []))];
const PATHS = [...new Set(COMMANDS.map(pathOf))];

/** `status`, or `dead-letters list`. */
function pathOf(command: string): string {
  const [, , name = '', second = ''] = command.split(' ');
  return name === 'dead-letters' ? `${name} ${second}` : name;
}

describe.skipIf(isWithoutPrometheus())('asking promtool', () => {
  it.each([
    ['check', 'config', 'prometheus/prometheus.yml'],
    ['check', 'rules', '--lint-fatal', ...RULE_FILES.map((file) => `prometheus/rules/${file}`)],
    ...readdirSync(join(ROOT, 'prometheus', 'tests')).map((file) => ['test', 'rules', `prometheus/tests/${file}`]),
  ])('promtool %s %s finds no fault', (...args) => {
    expect(promtool(args)).toEqual({ code: 0, output: expect.stringContaining('SUCCESS') as unknown });
  });
});

describe.skipIf(isWithout('amtool'))('asking amtool', () => {
  const CONFIG = 'prometheus/alertmanager.yml';
  const amtool = (...args: string[]) => spawnSync('amtool', args, { cwd: ROOT, encoding: 'utf8' });

  it('finds no fault with the configuration of Alertmanager', () => {
    expect(amtool('check-config', CONFIG)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('SUCCESS') as unknown,
    });
  });

  it.each([
    ['critical', 'page'],
    ['warning', 'team'],
  ])('sends what is %s to %s', (severity, receiver) => {
    const { status, stdout } = amtool('config', 'routes', 'test', `--config.file=${CONFIG}`, `severity=${severity}`);
    expect({ status, receiver: stdout.trim() }).toEqual({ status: 0, receiver });
  });
});

describe.each(PATHS)('the command %s in runbooks', (path) => {
  it('is there, with the options that are named', async () => {
    const words = path.split(' ');
    const { code, stdout } = await run([...words, '--help'], {});
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining(`capi-forwarder ${path} `) as unknown,
    });
    const options = COMMANDS.filter((command) => pathOf(command) === path).flatMap(
      (command) => command.match(/ --[\w-]+/g) ?? [],
    );
    expect([...new Set(options)].filter((option) => !stdout.includes(`${option} `))).toEqual([]);
  });
});
