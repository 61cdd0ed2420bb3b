// Alerts, their tests, their runbooks and Alertmanager must match. Whether alerts fire: test/observability. Whether the
// arithmetic is right: promtool, in test/system/alerting.test.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { knownMetrics, selectorsIn, selectorsOf } from '../support/promql.js';
import { ALERTS, RECORDED } from '../support/rules.js';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
/** The pages of docs/runbooks with the alerts that have a section there. */
const RUNBOOKS = readdirSync(new URL('docs/runbooks/', ROOT))
  .filter((page) => page !== 'README.md')
  .map((page) => {
    const text = read(`docs/runbooks/${page}`);
    const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title);
    return { page, text, sections, alerts: sections.filter((title) => /^Capi[A-Z]/.test(title)) };
  });
const RECORDED_NAME = /account:\w+:\w+/g;

interface Case {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly object[] }[];
}
const cases = readdirSync(new URL('prometheus/tests/', ROOT)).flatMap(
  (file) => (parse(read(`prometheus/tests/${file}`)) as { tests: Case[] }).tests,
);
const known = await knownMetrics();
const dashboards = readdirSync(new URL('grafana/dashboards/', ROOT)).map(
  (file) => (JSON.parse(read(`grafana/dashboards/${file}`)) as { uid: string }).uid,
);

it('has a section of a runbook for each alert, and no section for none', () => {
  const described = RUNBOOKS.flatMap(({ alerts }) => alerts);
  expect(described.toSorted()).toEqual(ALERTS.map(({ name }) => name).toSorted());
  expect(RUNBOOKS.filter(({ alerts }) => alerts.length === 0)).toEqual([]);
});

it('lists each alert in the index of runbooks, as grave as it is', () => {
  const rows = [...read('docs/runbooks/README.md').matchAll(/^\| \[(\w+)\]\(([\w-]+\.md#\w+)\) \| (\w+) \|$/gm)];
  const listed = rows.map(([, name = '', link = '', severity]) => ({ name, link, severity }));
  const wanted = ALERTS.map(({ name, severity, annotations }) => ({
    name,
    link: annotations['runbook_url']?.replace('docs/runbooks/', ''),
    severity,
  }));
  const byName = (left: { name: string }, right: { name: string }) => left.name.localeCompare(right.name);
  expect(listed.toSorted(byName)).toEqual(wanted.toSorted(byName));
});

it('finds the same names in the scrape jobs, the rules and the data source', () => {
  const config = read('prometheus/prometheus.yml');
  const jobs = [...config.matchAll(/job_name: (\S+)/g)].map(([, name]) => name);
  expect(jobs).toEqual(['capi-worker', 'capi-intake']);
  expect(ALERTS.find(({ name }) => name === 'CapiForwarderDown')?.expr).toContain('up{job=~"capi-(worker|intake)"}');
  const [, interval] = /scrape_interval: (\w+)/.exec(config) ?? [];
  expect(read('grafana/provisioning/datasources/prometheus.yaml')).toContain(`timeInterval: ${interval}`);
});

it('wakes people with few alerts: no more than half of them are critical', () => {
  expect(ALERTS.filter(({ severity }) => severity === 'critical').length * 2).toBeLessThanOrEqual(ALERTS.length + 1);
});

describe('Alertmanager', () => {
  const { inhibit_rules: inhibitions } = parse(read('prometheus/alertmanager.yml')) as {
    inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal?: string[] }[];
  };
  const meant = (matchers: readonly string[]) => {
    const pattern = /alertname=~?"(.+)"/.exec(matchers[0] ?? '')?.[1] ?? '';
    return ALERTS.filter(({ name }) => new RegExp(`^(?:${pattern})$`).test(name));
  };

  it.each(inhibitions)('silences by $source_matchers alerts that there are', ({ source_matchers, target_matchers }) => {
    const [sources, targets] = [meant(source_matchers), meant(target_matchers)];
    expect(sources.length).toBeGreaterThan(0);
    expect(targets.length).toBeGreaterThan(0);
    // An alert that silences itself would never be sent.
    expect(targets.filter((target) => sources.includes(target))).toEqual([]);
  });

  it('never lets an alert that can wait silence one that cannot', () => {
    const grave = ({ severity }: { severity: string }) => severity === 'critical';
    expect(inhibitions.flatMap(({ source_matchers }) => meant(source_matchers)).every(grave)).toBe(true);
  });
});

describe.each(ALERTS)('waking somebody with $name', ({ name, expr, for: holdsFor, severity, annotations }) => {
  it('says how bad it is, what it is, and where to read on', () => {
    expect(name).toMatch(/^Capi[A-Z]/);
    expect(severity).toMatch(/^(critical|warning|info)$/);
    // Alertmanager groups by it, so it must not contain a current value.
    expect(annotations['summary']).toMatch(/^[A-Z][^{}]+\.$/);
    expect(annotations['description']).toMatch(/^.+\.$/);
    expect(dashboards.map((uid) => `/d/${uid}`)).toContain(annotations['dashboard_url']);
    expect(holdsFor).toMatch(/^\d+m$/);
  });

  it('asks for metrics and labels that are exported', () => {
    const recorded = expr.match(RECORDED_NAME) ?? [];
    expect(recorded.filter((one) => !RECORDED.has(one))).toEqual([]);
    const queries = [expr, ...recorded.map((one) => RECORDED.get(one) ?? '')];
    const selectors = queries.flatMap(selectorsOf);
    expect(selectors.length).toBeGreaterThan(0);
    for (const { name: metric, matchers } of selectors) {
      const labels = known.get(metric)?.labels;
      expect({ metric, isKnown: labels !== undefined }).toEqual({ metric, isKnown: true });
      for (const { label, value } of matchers.filter((one) => one.label !== 'job' && one.label !== 'le')) {
        expect({ label, unknown: value.split('|').filter((one) => labels?.get(label)?.has(one) !== true) }).toEqual({
          label,
          unknown: [],
        });
      }
    }
  });

  it('has a case that fires, one that is silent, and one that fires and is resolved', () => {
    const tested = cases
      .map(({ alert_rule_test: checks }) => checks.filter(({ alertname }) => alertname === name))
      .filter((checks) => checks.length > 0)
      .map((checks) => checks.map(({ exp_alerts: expected }) => (expected.length > 0 ? 'fires' : 'silent')).join(' '));
    expect(tested).toContainEqual(expect.stringMatching(/silent fires.* silent/));
  });

  it('leads to its section, which says what it costs, what to do first and how soon, and when it is over', () => {
    const runbook = RUNBOOKS.find(({ alerts }) => alerts.includes(name));
    expect(annotations['runbook_url']).toBe(`docs/runbooks/${runbook?.page}#${name.toLowerCase()}`);
    const [, section = ''] = new RegExp(`^## ${name}\n\n(.+?)(?=^## )`, 'ms').exec(runbook?.text ?? '') ?? [];
    expect(section).toMatch(/^[A-Z]/);
    expect(section).toContain('\n- **Impact:** ');
    expect(section).toContain(severity === 'critical' ? '\n- **Do now:** ' : '\n- **Do today:** ');
    expect(section).toContain('\n- **Over when** ');
  });
});

describe.each(RUNBOOKS)('reading $page', ({ text, sections, alerts }) => {
  it('begins with its alerts, then says how to find the cause and what to do', () => {
    expect(text).toMatch(/^# [A-Z]/);
    expect(sections).toEqual([...alerts, 'Diagnosis', 'Mitigation']);
    expect(text).toContain('npx capi-forwarder ');
  });

  it('names metrics, rules and alerts that exist', () => {
    const named = selectorsIn(text).map((selector) => selector.name);
    expect(named.filter((metric) => !known.has(metric))).toEqual([]);
    const others = text.match(/\bCapi[A-Z]\w+/g) ?? [];
    expect(others.filter((other) => !ALERTS.some((alert) => alert.name === other))).toEqual([]);
    const recorded = text.match(RECORDED_NAME) ?? [];
    expect(recorded.filter((one) => !RECORDED.has(one))).toEqual([]);
  });
});
