// What the alerts, their tests and their runbooks say of each other. That the rules fire: test/system/observing.test.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../src/metrics.js';
import { knownMetrics, selectorsOf } from '../support/promql.js';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const SECTIONS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'How to know it is over'];

const rules = read('prometheus/rules/forwarder.yml')
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => ({ name: /^\w+/.exec(text)?.[0] ?? '', text }));
const cases = read('prometheus/tests/forwarder_test.yml');
const known = await knownMetrics(new Metrics(['default']));

it('has a runbook for each alert, and no runbook for none', () => {
  const runbooks = readdirSync(new URL('docs/runbooks/', ROOT));
  expect(rules.length).toBeGreaterThan(0);
  expect(runbooks.toSorted()).toEqual(rules.map(({ name }) => `${name}.md`).toSorted());
});

it('finds the same names in the scrape jobs, the rules and the data source', () => {
  const config = read('prometheus/prometheus.yml');
  const jobs = [...config.matchAll(/job_name: (\S+)/g)].map(([, name]) => name);
  expect(jobs).toEqual(['capi-worker', 'capi-intake']);
  expect(rules[0]?.text).toContain('up{job=~"capi-(worker|intake)"}');
  const [, interval] = /scrape_interval: (\w+)/.exec(config) ?? [];
  expect(read('grafana/provisioning/datasources/prometheus.yaml')).toContain(`timeInterval: ${interval}`);
});

describe.each(rules)('waking somebody with $name', ({ name, text }) => {
  it('says how bad it is, what it is, and where to read on', () => {
    expect(name).toMatch(/^Capi[A-Z]/);
    expect(text).toMatch(/severity: (critical|warning|info)\n/);
    // Alertmanager groups by it: no value of the moment in it.
    expect(text).toMatch(/summary: [^{}\n]+\.\n/);
    expect(text).toMatch(/description: .+/);
    expect(text).toContain(`runbook_url: docs/runbooks/${name}.md`);
    expect(text).toMatch(/\n {8}for: \d+m\n/);
  });

  it('asks for metrics and labels that are exported', () => {
    const expr = /expr: ([\s\S]*?)\n {8}for:/.exec(text)?.[1] ?? '';
    const selectors = selectorsOf(expr);
    expect(selectors.length).toBeGreaterThan(0);
    for (const { name: metric, matchers } of selectors.filter((selector) => selector.name !== 'up')) {
      const labels = known.get(metric)?.labels;
      expect({ metric, isKnown: labels !== undefined }).toEqual({ metric, isKnown: true });
      expect(matchers.filter(({ label }) => !labels?.has(label))).toEqual([]);
    }
  });

  it('has a case that fires and cases that do not', () => {
    const tested = cases.split(/\n {6}- /).filter((one) => one.includes(`alertname: ${name}`));
    const silent = tested.filter((one) => one.includes('exp_alerts: []'));
    expect({ silent: silent.length > 0, firing: tested.length > silent.length }).toEqual({
      silent: true,
      firing: true,
    });
  });

  it('leads to a runbook that says what to do and when it is over', () => {
    const runbook = read(`docs/runbooks/${name}.md`);
    expect(runbook.startsWith(`# ${name}\n`)).toBe(true);
    expect([...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual(SECTIONS);
    expect(runbook).toContain('npx capi-forwarder ');
    const named = selectorsOf(runbook).map((selector) => selector.name);
    expect(named.filter((metric) => metric !== 'up' && !known.has(metric))).toEqual([]);
  });
});
