// Real: promtool, amtool. observing.test.ts tests the rules with a real worker, test/unit/naming.test.ts the commands
// of the runbooks with the command line.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isWithout, isWithoutPrometheus, promtool } from '../support/prometheus.js';
import { RULE_FILES } from '../support/rules.js';
import { ROOT } from '../support/scratch.js';

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
